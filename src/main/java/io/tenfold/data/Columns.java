package io.tenfold.data;

import io.tenfold.job.ErrorCode;
import io.tenfold.job.FineTuneRequest;
import io.tenfold.job.JobException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which columns of a file hold what.
 *
 * @param text the text, or the first of two
 * @param text2 the second text; null for tasks on one text
 * @param label names, numbers or scores; null for a file without labels
 * @param param the request's field that holds this mapping ({@code data.columns}), for messages
 * @param tagged whether {@code text} is a list of words ({@code tokens}) and {@code label} a list of their tags ({@code tags})
 */
public record Columns(
        String text, @Nullable String text2, @Nullable String label, String param, boolean tagged) {

    public Columns {
        if (text.equals(text2) || text.equals(label) || (text2 != null && text2.equals(label))) {
            throw new JobException(
                    ErrorCode.BAD_REQUEST,
                    param,
                    tagged
                            ? "tokens %s and tags %s must be different columns".formatted(text, label)
                            : "text %s, text2 %s and label %s must be different columns".formatted(text, text2, label));
        }
    }

    /** Columns of texts. */
    public Columns(String text, @Nullable String text2, @Nullable String label, String param) {
        this(text, text2, label, param, false);
    }

    /** What a request without {@code data.columns} means: {@code text} and {@code label}. */
    public static Columns usual() {
        return new Columns("text", null, "label", "data.columns");
    }

    /** A request's mapping; {@code param} is where it stands ({@code data.columns}). */
    public static Columns of(FineTuneRequest.Columns columns, String param) {
        return new Columns(columns.text(), columns.text2(), columns.label(), param, columns.tagged());
    }

    /** The same texts, no label. */
    public Columns unlabelled() {
        return new Columns(text, text2, null, param, tagged);
    }

    /** The columns that are read: text, then text2 and label where there are any. */
    List<String> names() {
        List<String> names = new ArrayList<>(3);
        names.add(text);
        if (text2 != null) {
            names.add(text2);
        }
        if (label != null) {
            names.add(label);
        }
        return names;
    }

    /** The request's field for one of {@link #names()}. */
    String paramOf(String name) {
        if (tagged) {
            return param + (name.equals(text) ? ".tokens" : ".tags");
        }
        return param + (name.equals(text) ? ".text" : name.equals(text2) ? ".text2" : ".label");
    }
}
