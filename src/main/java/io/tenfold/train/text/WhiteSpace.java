package io.tenfold.train.text;

import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;

/** White space as Python's {@code str.split} knows it: Unicode's, and the separators U+001C to U+001F. */
final class WhiteSpace {

    private static final String CLASS = "[\\s\\x1c-\\x1f]+";
    private static final Pattern RUN = Pattern.compile(CLASS, Pattern.UNICODE_CHARACTER_CLASS);
    private static final Pattern AT_THE_START = Pattern.compile("\\A" + CLASS, Pattern.UNICODE_CHARACTER_CLASS);
    private static final Pattern AT_THE_END = Pattern.compile(CLASS + "\\z", Pattern.UNICODE_CHARACTER_CLASS);

    private WhiteSpace() {}

    /** What stands between white space. */
    static List<String> split(String text) {
        return Arrays.stream(RUN.split(text)).filter(word -> !word.isEmpty()).toList();
    }

    static String removed(String text) {
        return RUN.matcher(text).replaceAll("");
    }

    static String withoutEnd(String text) {
        return AT_THE_END.matcher(text).replaceFirst("");
    }

    static String withoutEnds(String text) {
        return withoutEnd(AT_THE_START.matcher(text).replaceFirst(""));
    }
}
