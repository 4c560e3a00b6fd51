package io.tenfold.train;

import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import java.util.Arrays;
import java.util.Collection;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** How PEFT's configurations name modules: by suffix, by whole name, or by a regular expression over the whole name. */
public final class ModuleNames {

    /** Characters of an expression: far more than one needs, few enough for the stack of whoever compiles it. */
    public static final int MOST_CHARACTERS = 500;

    /** How often a count may repeat, and all counts of an expression multiplied: no module's name is longer. */
    public static final int MOST_REPEATS = 100;

    private static final int SHOWN = 60;

    private static final Pattern COUNT = Pattern.compile("\\{([^{}]*)}");

    /** Places for nothing, and flags, which change what the rest means. */
    private static final Pattern EMPTY =
            Pattern.compile("\\((\\?([:=!>]|<[=!]))?\\)|[(|:=!>]\\||\\|\\)|^\\||\\|$|\\(\\?[a-zA-Z-]|\\{[0,]*}");

    /**
     * Where an expression can go on in two ways without a look at the name: an alternative or a group that may be empty, and
     * the name's ends. Each doubles the time, and no reading of the name tells of it.
     */
    private static final Pattern BLIND = Pattern.compile("[?*}+]\\)*\\||[?*}]\\)+[?*+{]|(?<!\\[)\\^|\\$|\\\\[AzZG]");

    private static final int MOST_BLIND = 12;

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
        return matches(name, "(.*\\.)?(" + key + ")", "method");
    }

    /**
     * Whether the whole name matches a regular expression without a {@link #problem}.
     *
     * @param param the option that has it, such as {@code method.trainable}
     * @throws JobException bad_request where it takes too long
     */
    public static boolean matches(String name, String expression, String param) {
        return Pattern.compile(expression)
                .matcher(new Bounded(name, expression, param))
                .matches();
    }

    /** A name that can be read so often only: an expression that tries every way to match must not hold a worker for ever. */
    private static final class Bounded implements CharSequence {

        private static final int MOST_READS = 1_000_000;

        private final String name;
        private final String expression;
        private final String param;
        private int reads;

        Bounded(String name, String expression, String param) {
            this.name = name;
            this.expression = expression;
            this.param = param;
        }

        @Override
        public char charAt(int index) {
            if (++reads > MOST_READS) {
                throw new JobException(
                        ErrorCode.BAD_REQUEST,
                        param,
                        "the expression %s takes too long to match %s; write it without nested or repeated .*"
                                .formatted(expression, name));
            }
            return name.charAt(index);
        }

        @Override
        public int length() {
            return name.length();
        }

        @Override
        public CharSequence subSequence(int start, int end) {
            return name.subSequence(start, end);
        }

        @Override
        public String toString() {
            return name;
        }
    }

    /** What is wrong with a regular expression, and the way out; empty when nothing is. */
    public static String problem(String expression) {
        if (expression.length() > MOST_CHARACTERS) {
            return "it has %d characters; give at most %d, or name the modules in a list"
                    .formatted(expression.length(), MOST_CHARACTERS);
        }
        try {
            Pattern.compile(expression);
        } catch (PatternSyntaxException e) {
            return e.getDescription() + " at character " + e.getIndex();
        } catch (StackOverflowError e) {
            return "it has too many groups in one another; name the modules in a list";
        }
        double repeats = repeats(expression);
        if (repeats > MOST_REPEATS) {
            return "it repeats more than %d times; write * or + for any number".formatted(MOST_REPEATS);
        }
        if (EMPTY.matcher(expression).find()) {
            return "it has an empty group or choice, or a flag; write ? after what may be left out";
        }
        return BLIND.matcher(expression).results().count() * repeats > MOST_BLIND
                ? "it has too many choices that may be empty; name the modules in a list"
                : "";
    }

    /** The largest numbers of all counts, multiplied: loops in loops turn so often, whatever the name. */
    private static double repeats(String expression) {
        double repeats = 1;
        Matcher count = COUNT.matcher(expression);
        while (count.find()) {
            repeats *= Arrays.stream(count.group(1).split("\\D+", -1))
                    .filter(number -> !number.isEmpty())
                    .mapToDouble(Double::parseDouble)
                    .filter(number -> number > 0)
                    .max()
                    .orElse(1);
        }
        return repeats;
    }

    /** An expression for a message: its beginning, where it is long. */
    public static String shown(String expression) {
        return expression.length() <= SHOWN ? expression : expression.substring(0, SHOWN) + "…";
    }
}
