package io.tenfold.data;

import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import io.tenfold.job.Suggest;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** How a data file is written. */
public enum DataFormat {
    /** RFC 4180: comma separated, quoted with {@code "}, a header row. */
    CSV,
    /** Tab separated without quoting (a quote is a character), a header row. */
    TSV,
    /** JSON Lines: an object on every line. */
    JSONL,
    /** One JSON array of objects. */
    JSON,
    /** Apache Parquet; columns of texts are flat. */
    PARQUET,
    /** A word with its tag on every line, a blank line between sentences: for tagged words alone. */
    CONLL,
    /** Plain text, a document without columns: for {@code causal_lm} alone. */
    TEXT;

    /** Extensions under which CoNLL files go as well. */
    private static final List<String> CONLL_EXTENSIONS = List.of("iob", "iob2", "bio", "bioes");

    /** The value of {@code format} in a request, and the file name's extension. */
    public String wire() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Every wire value, in the order of the enum. */
    public static List<String> wires() {
        return Arrays.stream(values()).map(DataFormat::wire).toList();
    }

    /**
     * The format named by {@code format}, or by the location's extension where that is null.
     *
     * @param param the request's field that names the file, for the error
     * @throws JobException BAD_REQUEST for an unknown format or extension
     */
    public static DataFormat of(@Nullable String format, String location, String param) {
        String name = format == null ? extension(location) : format.toLowerCase(Locale.ROOT);
        if (format == null && CONLL_EXTENSIONS.contains(name)) {
            return CONLL;
        }
        if (format == null && name.equals("txt")) {
            return TEXT;
        }
        for (DataFormat candidate : values()) {
            if (candidate.wire().equals(name)) {
                return candidate;
            }
        }
        String known = String.join(", ", wires());
        if (format != null) {
            throw new JobException(
                    ErrorCode.BAD_REQUEST,
                    param,
                    "format %s is not known; it is one of %s%s"
                            .formatted(format, known, Suggest.didYouMean(format, wires())));
        }
        String what = name.isEmpty() ? "has no extension" : "ends in .%s, which is not a known format".formatted(name);
        throw new JobException(
                ErrorCode.BAD_REQUEST,
                param,
                "%s %s; known: %s; rename it or give format%s"
                        .formatted(location, what, known, Suggest.didYouMean(name, wires())));
    }

    private static String extension(String location) {
        String file = location.substring(location.lastIndexOf('/') + 1);
        int dot = file.lastIndexOf('.');
        return dot < 0 ? "" : file.substring(dot + 1).toLowerCase(Locale.ROOT);
    }
}
