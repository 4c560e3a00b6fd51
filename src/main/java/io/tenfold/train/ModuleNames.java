package io.tenfold.train;

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
        return Pattern.compile("(.*\\.)?(" + key + ")").matcher(name).matches();
    }

    /** Whether the whole name matches a regular expression. */
    public static boolean matches(String name, String expression) {
        return Pattern.compile(expression).matcher(name).matches();
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
