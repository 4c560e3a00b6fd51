package io.tenfold.data.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.IntPredicate;

/** The methods of Python's {@code str} that templates call. */
final class TextMethods {

    /** What {@link #call} knows. */
    private static final Set<String> KNOWN = Set.of(
            "strip",
            "lstrip",
            "rstrip",
            "split",
            "rsplit",
            "splitlines",
            "startswith",
            "endswith",
            "replace",
            "upper",
            "lower",
            "title",
            "capitalize",
            "join",
            "find",
            "rfind",
            "count",
            "removeprefix",
            "removesuffix",
            "isdigit",
            "isalpha",
            "isspace",
            "partition");

    /** What Python's texts have besides; a template that asks for it is told so. */
    private static final Set<String> UNKNOWN = Set.of(
            "casefold",
            "center",
            "encode",
            "expandtabs",
            "format",
            "format_map",
            "index",
            "isalnum",
            "isascii",
            "isdecimal",
            "isidentifier",
            "islower",
            "isnumeric",
            "isprintable",
            "istitle",
            "isupper",
            "ljust",
            "maketrans",
            "rindex",
            "rjust",
            "rpartition",
            "swapcase",
            "translate",
            "zfill");

    private TextMethods() {}

    static boolean has(String name) {
        return KNOWN.contains(name) || UNKNOWN.contains(name);
    }

    static Object call(Budget budget, String text, String name, Arguments given) {
        return switch (name) {
            case "strip" -> strip(text, stripped(given), true, true);
            case "lstrip" -> strip(text, stripped(given), true, false);
            case "rstrip" -> strip(text, stripped(given), false, true);
            case "split", "rsplit" -> split(text, given, name.equals("rsplit"));
            case "splitlines" -> lines(text, Values.truth(given.find(0, "keepends", false)));
            case "startswith" -> affix(given, prefix -> text.startsWith(prefix));
            case "endswith" -> affix(given, suffix -> text.endsWith(suffix));
            case "replace" -> {
                Object most = given.find(2, "count", -1L);
                yield replace(budget, text, text(given, 0, name), text(given, 1, name), Values.index(most));
            }
            case "upper" -> text.toUpperCase(Locale.ROOT);
            case "lower" -> text.toLowerCase(Locale.ROOT);
            case "title" -> title(text);
            case "capitalize" -> capitalized(text);
            case "join" -> joined(budget, text, given);
            case "find" -> (long) place(text, text.indexOf(text(given, 0, name)), given);
            case "rfind" -> (long) place(text, text.lastIndexOf(text(given, 0, name)), given);
            case "count" -> count(text, text(given, 0, name));
            case "removeprefix" ->
                text.startsWith(text(given, 0, name))
                        ? text.substring(text(given, 0, name).length())
                        : text;
            case "removesuffix" ->
                text.endsWith(text(given, 0, name))
                        ? text.substring(0, text.length() - text(given, 0, name).length())
                        : text;
            case "isdigit" -> all(text, Character::isDigit);
            case "isalpha" -> all(text, Character::isLetter);
            case "isspace" -> all(text, TextMethods::isSpace);
            case "partition" -> partition(text, text(given, 0, name));
            default -> throw TemplateException.unsupported("the method %s of a text".formatted(name));
        };
    }

    private static boolean all(String text, IntPredicate test) {
        return !text.isEmpty() && text.codePoints().allMatch(test);
    }

    private static String text(Arguments given, int place, String of) {
        if (place < given.places().size() && given.places().get(place) instanceof String text) {
            return text;
        }
        throw TemplateException.failed("%s needs a text as argument %d".formatted(of, place + 1));
    }

    /** Characters to be stripped; empty for white space. */
    private static String stripped(Arguments given) {
        return given.places().isEmpty() || given.places().getFirst() == None.NONE ? "" : text(given, 0, "strip");
    }

    /** White space as Python's {@code str.isspace} has it. */
    static boolean isSpace(int c) {
        return (c >= 9 && c <= 13)
                || (c >= 0x1c && c <= 0x20)
                || c == 0x85
                || c == 0xa0
                || c == 0x1680
                || (c >= 0x2000 && c <= 0x200a)
                || c == 0x2028
                || c == 0x2029
                || c == 0x202f
                || c == 0x205f
                || c == 0x3000;
    }

    static String stripEnd(String text) {
        return strip(text, "", false, true);
    }

    /** @param characters empty: white space */
    static String strip(String text, String characters, boolean start, boolean end) {
        IntPredicate goes = characters.isEmpty() ? TextMethods::isSpace : c -> characters.indexOf(c) >= 0;
        int from = 0;
        int to = text.length();
        while (start && from < to && goes.test(text.codePointAt(from))) {
            from += Character.charCount(text.codePointAt(from));
        }
        while (end && to > from && goes.test(text.codePointBefore(to))) {
            to -= Character.charCount(text.codePointBefore(to));
        }
        return text.substring(from, to);
    }

    private static List<Object> split(String text, Arguments given, boolean fromEnd) {
        Object by = given.find(0, "sep", None.NONE);
        int most = Values.index(given.find(1, "maxsplit", -1L));
        if (by instanceof String separator) {
            if (separator.isEmpty()) {
                throw TemplateException.failed("empty separator");
            }
            return fromEnd ? splitFromEnd(text, separator, most) : split(text, separator, most);
        }
        if (fromEnd && most >= 0) {
            throw TemplateException.unsupported("rsplit by white space with a limit");
        }
        return splitAtSpace(text, most);
    }

    private static List<Object> split(String text, String separator, int most) {
        List<Object> parts = new ArrayList<>();
        int from = 0;
        for (int to = text.indexOf(separator); to >= 0 && parts.size() != most; to = text.indexOf(separator, from)) {
            parts.add(text.substring(from, to));
            from = to + separator.length();
        }
        parts.add(text.substring(from));
        return parts;
    }

    private static List<Object> splitFromEnd(String text, String separator, int most) {
        List<Object> parts = new ArrayList<>();
        int to = text.length();
        while (parts.size() != most) {
            int at = text.lastIndexOf(separator, to - separator.length());
            if (at < 0 || to < separator.length()) {
                break;
            }
            parts.addFirst(text.substring(at + separator.length(), to));
            to = at;
        }
        parts.addFirst(text.substring(0, to));
        return parts;
    }

    private static List<Object> splitAtSpace(String text, int most) {
        List<Object> parts = new ArrayList<>();
        int at = 0;
        while (true) {
            while (at < text.length() && isSpace(text.charAt(at))) {
                at++;
            }
            if (at == text.length()) {
                return parts;
            }
            if (parts.size() == most) {
                parts.add(stripEnd(text.substring(at)));
                return parts;
            }
            int from = at;
            while (at < text.length() && !isSpace(text.charAt(at))) {
                at++;
            }
            parts.add(text.substring(from, at));
        }
    }

    /** Lines as Python's {@code splitlines} ends them. */
    static List<Object> lines(String text, boolean ends) {
        List<Object> lines = new ArrayList<>();
        int from = 0;
        for (int at = 0; at < text.length(); at++) {
            if ("\n\r\u000b\f\u001c\u001d\u001e\u0085\u2028\u2029".indexOf(text.charAt(at)) >= 0) {
                int next = text.startsWith("\r\n", at) ? at + 2 : at + 1;
                lines.add(text.substring(from, ends ? next : at));
                from = next;
                at = next - 1;
            }
        }
        if (from < text.length()) {
            lines.add(text.substring(from));
        }
        return lines;
    }

    private static boolean affix(Arguments given, java.util.function.Predicate<String> test) {
        Object wanted = given.demand(0, "prefix", "startswith and endswith");
        if (given.places().size() > 1) {
            throw TemplateException.unsupported("startswith or endswith from a place on");
        }
        if (wanted instanceof Tuple(List<Object> several)) {
            return several.stream().anyMatch(one -> one instanceof String text && test.test(text));
        }
        return test.test(text(given, 0, "startswith and endswith"));
    }

    static String replace(Budget budget, String text, String old, String fresh, int most) {
        if (most < 0 && !old.isEmpty()) {
            budget.make(text.length() + count(text, old) * Math.max(0, fresh.length() - old.length()));
            return text.replace(old, fresh);
        }
        if (old.isEmpty()) {
            throw TemplateException.unsupported("replacing the empty text");
        }
        StringBuilder out = new StringBuilder();
        int from = 0;
        int done = 0;
        for (int at = text.indexOf(old); at >= 0 && done < most; at = text.indexOf(old, from)) {
            out.append(text, from, at).append(fresh);
            from = at + old.length();
            done++;
            budget.make(out.length());
        }
        return out.append(text, from, text.length()).toString();
    }

    private static String title(String text) {
        StringBuilder out = new StringBuilder();
        boolean begins = true;
        for (int c : text.codePoints().toArray()) {
            out.appendCodePoint(begins ? Character.toTitleCase(c) : Character.toLowerCase(c));
            begins = !Character.isLetter(c);
        }
        return out.toString();
    }

    static String capitalized(String text) {
        if (text.isEmpty()) {
            return text;
        }
        int first = text.codePointAt(0);
        String rest = text.substring(Character.charCount(first));
        return Character.toString(Character.toTitleCase(first)) + rest.toLowerCase(Locale.ROOT);
    }

    private static String joined(Budget budget, String by, Arguments given) {
        StringBuilder out = new StringBuilder();
        String before = "";
        for (Object item : Values.items(given.demand(0, "iterable", "join"))) {
            if (!(item instanceof String part)) {
                throw TemplateException.failed("join needs texts, but there is " + Values.type(item));
            }
            budget.make(out.append(before).append(part).length());
            before = by;
        }
        return out.toString();
    }

    private static int place(String text, int at, Arguments given) {
        if (given.places().size() > 1) {
            throw TemplateException.unsupported("find from a place on");
        }
        return at < 0 ? -1 : text.codePointCount(0, at);
    }

    private static long count(String text, String part) {
        if (part.isEmpty()) {
            return text.codePointCount(0, text.length()) + 1L;
        }
        long count = 0;
        for (int at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + part.length())) {
            count++;
        }
        return count;
    }

    private static Tuple partition(String text, String by) {
        int at = text.indexOf(by);
        return at < 0
                ? new Tuple(List.of(text, "", ""))
                : new Tuple(List.of(text.substring(0, at), by, text.substring(at + by.length())));
    }
}
