package io.tenfold.data;

import io.tenfold.job.ErrorCode;
import io.tenfold.job.FineTuneRequest;
import io.tenfold.job.FineTuneRequest.LanguageColumns;
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
 * @param language what the request names where a language model learns from the rows; null for others
 * @param flat for a language model's rows of a file whose fields hold no lists: the columns that are read
 */
public record Columns(
        String text,
        @Nullable String text2,
        @Nullable String label,
        String param,
        boolean tagged,
        @Nullable LanguageColumns language,
        List<String> flat) {

    public Columns {
        flat = List.copyOf(flat);
        if (text.equals(text2) || text.equals(label) || (text2 != null && text2.equals(label))) {
            throw new JobException(
                    ErrorCode.BAD_REQUEST,
                    param,
                    tagged
                            ? "tokens %s and tags %s must be different columns".formatted(text, label)
                            : "text %s, text2 %s and label %s must be different columns".formatted(text, text2, label));
        }
    }

    /** Columns of texts, or of words. */
    public Columns(String text, @Nullable String text2, @Nullable String label, String param, boolean tagged) {
        this(text, text2, label, param, tagged, null, List.of());
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
        LanguageColumns language = columns.language();
        return language == null
                ? new Columns(columns.text(), columns.text2(), columns.label(), param, columns.tagged())
                : new Columns(columns.text(), null, null, param, false, language, List.of());
    }

    /** The same texts, no label. */
    public Columns unlabelled() {
        return new Columns(text, text2, null, param, tagged, language, flat);
    }

    /** The same, of which these columns are read. */
    Columns reading(List<String> names) {
        return new Columns(text, null, null, param, tagged, language, names);
    }

    /** The columns that are read: text, then text2 and label where there are any. */
    List<String> names() {
        if (!flat.isEmpty()) {
            return flat;
        }
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
        if (language != null) {
            return param + field(language, name);
        }
        if (tagged) {
            return param + (name.equals(text) ? ".tokens" : ".tags");
        }
        return param + (name.equals(text) ? ".text" : name.equals(text2) ? ".text2" : ".label");
    }

    /** The field that names a column; empty where none does, because the file itself showed it. */
    private static String field(LanguageColumns language, String name) {
        if (name.equals(language.text())) {
            return ".text";
        }
        if (name.equals(language.prompt())) {
            return ".prompt";
        }
        if (name.equals(language.completion())) {
            return ".completion";
        }
        if (name.equals(language.messages())) {
            return ".messages";
        }
        return name.equals(language.chosen()) ? ".chosen" : name.equals(language.rejected()) ? ".rejected" : "";
    }
}
