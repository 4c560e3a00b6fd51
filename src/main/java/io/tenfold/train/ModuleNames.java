package io.tenfold.train;

import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import java.util.Collection;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** How PEFT's configurations name modules: by suffix, by whole name, or by a regular expression over the whole name. */
public final class ModuleNames {

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

    /** Whether the whole name matches a regular expression. */
    public static boolean matches(String name, String expression) {
        return Pattern.compile(expression)
                .matcher(new Bounded(name, expression))
                .matches();
    }

    /** A name that can be read so often only: an expression that tries every way to match must not hold a worker for ever. */
    private static final class Bounded implements CharSequence {

        private static final int MOST_READS = 1_000_000;

        private final String name;
        private final String expression;
        private int reads;

        Bounded(String name, String expression) {
            this.name = name;
            this.expression = expression;
        }

        @Override
        public char charAt(int index) {
            if (++reads > MOST_READS) {
                throw new JobException(
                        ErrorCode.BAD_REQUEST,
                        "method",
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

    /** What is wrong with a regular expression; empty when nothing is. */
    public static String problem(String expression) {
        try {
            Pattern.compile(expression);
            return "";
        } catch (PatternSyntaxException e) {
            return e.getDescription() + " at character " + e.getIndex();
        }
    }
}
