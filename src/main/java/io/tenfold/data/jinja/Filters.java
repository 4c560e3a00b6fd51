package io.tenfold.data.jinja;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** What can stand behind {@code |}; those on lists are {@link ListFilters}. */
final class Filters {

    private static final Set<String> OWN = Set.of(
            "trim",
            "tojson",
            "length",
            "count",
            "default",
            "d",
            "upper",
            "lower",
            "capitalize",
            "replace",
            "string",
            "int",
            "float",
            "abs",
            "round",
            "indent",
            "dictsort",
            "items",
            "safe");

    static final Set<String> NAMES = java.util.stream.Stream.concat(OWN.stream(), ListFilters.NAMES.stream())
            .collect(java.util.stream.Collectors.toUnmodifiableSet());

    private final Budget budget;
    private final ListFilters lists;

    Filters(Budget budget, Members members) {
        this.budget = budget;
        this.lists = new ListFilters(budget, members, this);
    }

    Object apply(String name, Object value, Arguments given) {
        if (ListFilters.NAMES.contains(name)) {
            return lists.apply(name, value, given);
        }
        return switch (name) {
            case "trim" -> {
                Object characters = given.check(name, 1, "chars").find(0, "chars", None.NONE);
                String text = Values.text(value);
                yield TextMethods.strip(text, characters == None.NONE ? "" : Values.text(characters), true, true);
            }
            case "tojson" -> PythonJson.of(budget, value, given);
            case "length", "count" -> Values.length(value);
            case "default", "d" -> {
                boolean missing = value instanceof Undefined
                        || (Values.truth(given.check(name, 2, "default_value", "boolean")
                                        .find(1, "boolean", false))
                                && !Values.truth(value));
                yield missing ? given.find(0, "default_value", "") : value;
            }
            case "upper" -> Values.text(value).toUpperCase(Locale.ROOT);
            case "lower" -> Values.text(value).toLowerCase(Locale.ROOT);
            case "capitalize" -> TextMethods.capitalized(Values.text(value));
            case "replace" -> replaced(value, given.check(name, 3, "old", "new", "count"));
            // Nothing is escaped in chat templates, so a text that is safe is a text.
            case "string", "safe" -> Values.text(value);
            default -> ofNumbersAndMaps(name, value, given);
        };
    }

    private Object ofNumbersAndMaps(String name, Object value, Arguments given) {
        return switch (name) {
            case "int" -> whole(value, given.check(name, 1, "default").find(0, "default", 0L));
            case "float" -> floating(value, given.check(name, 1, "default").find(0, "default", 0.0));
            case "abs" -> {
                if (value instanceof Double number) {
                    yield Math.abs(number);
                }
                yield (long) Math.abs(Values.index(value));
            }
            case "round" -> rounded(value, given.check(name, 2, "precision", "method"));
            case "indent" -> indented(Values.text(value), given.check(name, 3, "width", "first", "blank"));
            case "items" -> {
                if (value instanceof Undefined) {
                    yield new Generated(List.of());
                }
                yield new Generated(Members.pairs(map(value, name)));
            }
            default -> sorted(map(value, name), given.check(name, 3, "case_sensitive", "by", "reverse"));
        };
    }

    private String replaced(Object value, Arguments given) {
        Object most = given.find(2, "count", None.NONE);
        return TextMethods.replace(
                budget,
                Values.text(value),
                Values.text(given.demand(0, "old", "replace")),
                Values.text(given.demand(1, "new", "replace")),
                most == None.NONE ? -1 : Values.index(most));
    }

    private static Map<?, ?> map(Object value, String filter) {
        if (value instanceof Map<?, ?> map) {
            return map;
        }
        throw TemplateException.failed("%s needs a mapping, but has a %s".formatted(filter, Values.type(value)));
    }

    private static Object whole(Object value, Object otherwise) {
        switch (value) {
            case Long _, BigInteger _ -> {
                return value;
            }
            case Boolean truth -> {
                return truth ? 1L : 0L;
            }
            default -> {}
        }
        try {
            if (value instanceof String text) {
                String digits = TextMethods.strip(text, "", true, true).replace("_", "");
                return digits.matches("[+-]?\\d+") ? Long.valueOf(digits) : (long) Double.parseDouble(digits);
            }
        } catch (NumberFormatException e) {
            return otherwise;
        }
        return value instanceof Double number && Double.isFinite(number) ? Long.valueOf(number.longValue()) : otherwise;
    }

    private static Object floating(Object value, Object otherwise) {
        if (value instanceof Boolean truth) {
            return truth ? 1.0 : 0.0;
        }
        if (value instanceof Number number) {
            return number.doubleValue();
        }
        try {
            return value instanceof String text ? Double.valueOf(text.strip()) : otherwise;
        } catch (NumberFormatException e) {
            return otherwise;
        }
    }

    private static Object rounded(Object value, Arguments given) {
        Object method = given.find(1, "method", "common");
        RoundingMode mode = method.equals("ceil")
                ? RoundingMode.CEILING
                : method.equals("floor") ? RoundingMode.FLOOR : RoundingMode.HALF_EVEN;
        double number = (Double) floating(value, Double.NaN);
        if (!Double.isFinite(number)) {
            throw TemplateException.failed("round needs a finite number");
        }
        int digits = Math.clamp(Values.index(given.find(0, "precision", 0L)), -300, 300);
        double made = new BigDecimal(number).setScale(digits, mode).doubleValue();
        return value instanceof Long && mode == RoundingMode.HALF_EVEN ? (Object) (long) made : made;
    }

    private String indented(String text, Arguments given) {
        Object width = given.find(0, "width", 4L);
        String indent = width instanceof String own ? own : " ".repeat(Math.clamp(Values.index(width), 0, 1000));
        boolean first = Values.truth(given.find(1, "first", false));
        boolean blank = Values.truth(given.find(2, "blank", false));
        StringBuilder out = new StringBuilder();
        List<Object> lines = TextMethods.lines(text + "\n", false);
        for (int i = 0; i < lines.size(); i++) {
            String line = Values.text(lines.get(i));
            boolean moved = i == 0 ? first : blank || !line.isEmpty();
            budget.make(out.append(i == 0 ? "" : "\n")
                    .append(moved ? indent : "")
                    .append(line)
                    .length());
        }
        return out.toString();
    }

    private static List<Object> sorted(Map<?, ?> map, Arguments given) {
        boolean exact = Values.truth(given.find(0, "case_sensitive", false));
        int by = given.find(1, "by", "key").equals("value") ? 1 : 0;
        Comparator<Object> order = Comparator.comparing(
                pair -> ListFilters.folded(((Tuple) pair).items().get(by), exact), Values::compare);
        List<Object> pairs = new ArrayList<>(Members.pairs(map));
        pairs.sort(Values.truth(given.find(2, "reverse", false)) ? order.reversed() : order);
        return pairs;
    }
}
