package io.tenfold.job;

import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** Texts of strangers within Markdown: they are shown as they are, and make neither markup nor HTML. */
public final class Markdown {

    private static final Pattern BREAKS = Pattern.compile("\\p{Cntrl}+");
    private static final Pattern MARKS = Pattern.compile("[\\\\`*_\\[\\]|~#]");
    private static final Pattern TICKS = Pattern.compile("`+");

    private Markdown() {}

    /** In a sentence, a heading or a table. */
    public static String text(String any) {
        String marked = MARKS.matcher(BREAKS.matcher(any).replaceAll(" ")).replaceAll("\\\\$0");
        return marked.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }

    /** As code, not in a table. */
    public static String code(String any) {
        String line = BREAKS.matcher(any).replaceAll(" ");
        int longest = TICKS.matcher(line)
                .results()
                .map(MatchResult::group)
                .mapToInt(String::length)
                .max()
                .orElse(0);
        String fence = "`".repeat(longest + 1);
        String space = line.isEmpty() || line.startsWith("`") || line.endsWith("`") ? " " : "";
        return fence + space + line + space + fence;
    }
}
