package io.tenfold.method;

/**
 * Which texts a decoder is to learn a language from before its task.
 *
 * @param source whether those of {@code data.train}
 * @param target whether those of {@code data.target.train}
 * @param rows whether the target's training rows are read as rows, too
 */
public record LanguageTexts(boolean source, boolean target, boolean rows) {

    /** No texts, only rows. */
    public static final LanguageTexts NONE = new LanguageTexts(false, false, true);

    /** What both ask for together. */
    public LanguageTexts and(LanguageTexts other) {
        return new LanguageTexts(source || other.source, target || other.target, rows || other.rows);
    }
}
