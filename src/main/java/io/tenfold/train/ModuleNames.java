package io.tenfold.train;

import com.google.re2j.Matcher;
import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import java.util.Collection;

/**
 * How PEFT's configurations name modules: by suffix, by whole name, or by a regular expression over the whole name.
 *
 * <p>Expressions come with requests, so they are read by RE2, whose time grows with the name's length alone, whatever the
 * expression. It has no look-around and no references to groups.
 */
public final class ModuleNames {

    /** Characters of an expression: far more than one needs. */
    private static final int MOST_CHARACTERS = 500;

    /** How often an expression may repeat a part, all counts multiplied: RE2 writes every repetition out. */
    private static final int MOST_REPEATS = 1_000;

    private static final Pattern COUNT = Pattern.compile("\\{(?:\\d*,)?(\\d+),?}");

    private static final Pattern BRACE = Pattern.compile("[{}]");

    private static final int SHOWN = 60;

    private ModuleNames() {}

    /** Whether {@code name} is {@code suffix} or ends in {@code .suffix}. */
    public static boolean endsWith(String name, String suffix) {
        return name.equals(suffix) || name.endsWith("." + suffix);
    }

    /** Whether a parameter or module lies within one of the modules, each given as {@link #endsWith} has it. */
    public static boolean isWithin(String name, Collection<String> modules) {
        for (int end = name.length(); end > 0; end = name.lastIndexOf('.', end - 1)) {
            String module = name.substring(0, end);
            if (modules.stream().anyMatch(suffix -> endsWith(module, suffix))) {
                return true;
            }
        }
        return false;
    }

    /** Whether a pattern's key (of {@code rank_pattern}, say) means this module: the key ends the name at a dot. */
    public static boolean matchesKey(String name, String key) {
        return matches(name, "(.*\\.)?(" + key + ")");
    }

    /** Whether the whole name matches a regular expression without a {@link #problem}. */
    public static boolean matches(String name, String expression) {
        return Pattern.matches(expression, name);
    }

    /** What is wrong with a regular expression, and the way out; empty when nothing is. */
    public static String problem(String expression) {
        if (expression.length() > MOST_CHARACTERS) {
            return "it has %d characters; give at most %d, or name the modules in a list"
                    .formatted(expression.length(), MOST_CHARACTERS);
        }
        double repeats = 1;
        for (Matcher count = COUNT.matcher(expression); count.find(); ) {
            repeats *= Math.max(1, Double.parseDouble(count.group(1)));
        }
        if (repeats > MOST_REPEATS) {
            return "its counts repeat more than %d times; write * or + for any number, or name the modules in a list"
                    .formatted(MOST_REPEATS);
        }
        if (BRACE.matcher(COUNT.matcher(expression).replaceAll("")).find()) {
            return "it has a brace that is no count, and no module's name has one; name the modules in a list";
        }
        try {
            Pattern.compile(expression);
            return "";
        } catch (PatternSyntaxException e) {
            return "%s: %s; expressions are RE2's, without look-around: write it so, or name the modules in a list"
                    .formatted(e.getDescription(), e.getPattern());
        }
    }

    /** An expression for a message: its beginning, where it is long. */
    public static String shown(String expression) {
        return expression.length() <= SHOWN ? expression : expression.substring(0, SHOWN) + "…";
    }
}
