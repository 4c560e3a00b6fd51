package io.tenfold.data.jinja;

import java.math.BigInteger;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/** {@code tojson} as Transformers has it: {@code json.dumps} with {@code ensure_ascii=False}, nothing escaped for HTML. */
final class PythonJson {

    private final Budget budget;
    private final StringBuilder out = new StringBuilder();
    private final boolean ascii;
    private final boolean sorted;
    private final String indent;
    private final boolean indented;
    private final String between;
    private final String colon;

    private PythonJson(Budget budget, Arguments given) {
        this.budget = budget;
        ascii = Values.truth(given.find(0, "ensure_ascii", false));
        Object asked = given.find(1, "indent", None.NONE);
        indented = asked != None.NONE;
        indent = !indented ? "" : asked instanceof String text ? text : " ".repeat(width(asked));
        Object separators = given.find(2, "separators", None.NONE);
        if (separators == None.NONE) {
            between = indented ? "," : ", ";
            colon = ": ";
        } else {
            List<Object> two = Values.items(separators);
            if (two.size() != 2) {
                throw TemplateException.failed("tojson needs two separators");
            }
            between = Values.text(two.getFirst());
            colon = Values.text(two.getLast());
        }
        sorted = Values.truth(given.find(3, "sort_keys", false));
    }

    private static int width(Object asked) {
        int width = Values.index(asked);
        if (width > 100) {
            throw TemplateException.limit("tojson is asked to indent by %d".formatted(width));
        }
        return Math.max(0, width);
    }

    static String of(Budget budget, Object value, Arguments given) {
        PythonJson json =
                new PythonJson(budget, given.check("tojson", 4, "ensure_ascii", "indent", "separators", "sort_keys"));
        json.write(value, 1);
        return json.out.toString();
    }

    private void write(Object value, int level) {
        budget.make(out.length());
        switch (value) {
            case String text -> string(text);
            case None _ -> out.append("null");
            case Boolean truth -> out.append(truth ? "true" : "false");
            case Double number -> out.append(decimal(number));
            case Long _, BigInteger _ -> out.append(value);
            case List<?> list -> list(list, level);
            case Tuple(List<Object> items) -> list(items, level);
            case Map<?, ?> map -> map(map, level);
            default ->
                throw TemplateException.failed(
                        "Object of type %s is not JSON serializable".formatted(Values.type(value)));
        }
    }

    private static String decimal(double number) {
        return Double.isNaN(number)
                ? "NaN"
                : Double.isInfinite(number) ? (number > 0 ? "Infinity" : "-Infinity") : Values.decimal(number);
    }

    private void list(List<?> items, int level) {
        if (items.isEmpty()) {
            out.append("[]");
            return;
        }
        out.append('[');
        String before = "";
        for (Object item : items) {
            out.append(before);
            line(level);
            write(item, level + 1);
            before = between;
        }
        line(level - 1);
        out.append(']');
    }

    private void map(Map<?, ?> map, int level) {
        if (map.isEmpty()) {
            out.append("{}");
            return;
        }
        out.append('{');
        String before = "";
        List<? extends Map.Entry<?, ?>> entries = sorted
                ? map.entrySet().stream()
                        .sorted(Comparator.comparing(
                                (Map.Entry<?, ?> entry) -> (Object) entry.getKey(), Values::compare))
                        .toList()
                : List.copyOf(map.entrySet());
        for (Map.Entry<?, ?> entry : entries) {
            out.append(before);
            line(level);
            key(entry.getKey());
            out.append(colon);
            write(entry.getValue(), level + 1);
            before = between;
        }
        line(level - 1);
        out.append('}');
    }

    private void key(Object key) {
        switch (key) {
            case String text -> string(text);
            case Tuple _ -> throw TemplateException.failed("keys must be str, int, float, bool or None, not tuple");
            default -> {
                out.append('"');
                write(key, 0);
                out.append('"');
            }
        }
    }

    private void line(int level) {
        if (indented) {
            out.append('\n').append(indent.repeat(level));
        }
    }

    private void string(String text) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            int simple = "\"\\\n\r\t\f\b".indexOf(c);
            if (simple >= 0) {
                out.append('\\').append("\"\\nrtfb".charAt(simple));
            } else if (c < 0x20 || (ascii && c > 0x7e)) {
                out.append("\\u%04x".formatted((int) c));
            } else {
                out.append(c);
            }
        }
        out.append('"');
    }
}
