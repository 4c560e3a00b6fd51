package io.tenfold.data.jinja;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.UnaryOperator;

/** The filters on lists and whatever else a loop goes over. */
final class ListFilters {

    static final Set<String> NAMES = Set.of(
            "list",
            "first",
            "last",
            "join",
            "map",
            "select",
            "reject",
            "selectattr",
            "rejectattr",
            "unique",
            "reverse",
            "sort",
            "sum",
            "min",
            "max");

    private final Budget budget;
    private final Members members;
    private final Filters filters;

    ListFilters(Budget budget, Members members, Filters filters) {
        this.budget = budget;
        this.members = members;
        this.filters = filters;
    }

    Object apply(String name, Object value, Arguments given) {
        return switch (name) {
            case "list" -> new ArrayList<>(counted(value));
            case "first" -> first(value);
            case "last" -> {
                if (value instanceof Generated) {
                    throw TemplateException.failed("'generator' object is not reversible");
                }
                List<Object> items = Values.items(value);
                yield items.isEmpty() ? new Undefined("No last item, sequence was empty.") : items.getLast();
            }
            case "join" -> joined(value, given.check(name, 2, "d", "attribute"));
            case "map" -> new Generated(mapped(value, given));
            case "select", "reject" ->
                new Generated(chosen(value, given, UnaryOperator.identity(), name.equals("select")));
            case "selectattr", "rejectattr" -> {
                UnaryOperator<Object> attribute = attribute(given.demand(0, "attribute", name), None.NONE);
                yield new Generated(chosen(value, given.from(1), attribute, name.equals("selectattr")));
            }
            case "reverse" -> reversed(value);
            default -> ordered(name, value, given);
        };
    }

    private List<Object> counted(Object value) {
        List<Object> items = Values.items(value);
        budget.make(items.size());
        return items;
    }

    private static Object first(Object value) {
        Undefined none = new Undefined("No first item, sequence was empty.");
        if (value instanceof Generated generated) {
            Object next = generated.next();
            return next == null ? none : next;
        }
        List<Object> items = Values.items(value);
        return items.isEmpty() ? none : items.getFirst();
    }

    private String joined(Object value, Arguments given) {
        String between = Values.text(given.find(0, "d", ""));
        UnaryOperator<Object> attribute = attributeOrItself(given.find(1, "attribute", None.NONE));
        StringBuilder out = new StringBuilder();
        String before = "";
        for (Object item : counted(value)) {
            budget.make(out.append(before)
                    .append(Values.text(attribute.apply(item)))
                    .length());
            before = between;
        }
        return out.toString();
    }

    private List<Object> mapped(Object value, Arguments given) {
        Object attribute = given.names().get("attribute");
        if (attribute != null) {
            given.check("map", 0, "attribute", "default");
            UnaryOperator<Object> found = attribute(attribute, given.names().getOrDefault("default", None.NONE));
            return new ArrayList<>(counted(value).stream().map(found).toList());
        }
        String filter = Values.text(given.demand(0, "filter", "map"));
        if (!Filters.NAMES.contains(filter)) {
            throw TemplateException.unsupported("the filter %s in map".formatted(filter));
        }
        return new ArrayList<>(counted(value).stream()
                .map(item -> filters.apply(filter, item, given.from(1)))
                .toList());
    }

    /** The elements that a test, or without one their truth, chooses. */
    private List<Object> chosen(Object value, Arguments given, UnaryOperator<Object> of, boolean wanted) {
        List<Object> chosen = new ArrayList<>();
        String test = given.places().isEmpty() ? "" : Values.text(given.places().getFirst());
        String name =
                switch (test) {
                    case "==" -> "eq";
                    case "!=" -> "ne";
                    case "<" -> "lt";
                    case "<=" -> "le";
                    case ">" -> "gt";
                    case ">=" -> "ge";
                    default -> test;
                };
        if (!name.isEmpty() && !Tests.NAMES.contains(name)) {
            throw TemplateException.unsupported("the test %s".formatted(test));
        }
        for (Object item : counted(value)) {
            Object tested = of.apply(item);
            boolean passes = name.isEmpty() ? Values.truth(tested) : Tests.test(name, tested, given.from(1));
            if (passes == wanted) {
                chosen.add(item);
            }
        }
        return chosen;
    }

    private static Object reversed(Object value) {
        if (value instanceof String text) {
            return new StringBuilder(text).reverse().toString();
        }
        List<Object> items = new ArrayList<>(Values.items(value));
        Collections.reverse(items);
        return new Generated(items);
    }

    private Object ordered(String name, Object value, Arguments given) {
        return switch (name) {
            case "sort" -> {
                given.check(name, 3, "reverse", "case_sensitive", "attribute");
                boolean exact = Values.truth(given.find(1, "case_sensitive", false));
                Comparator<Object> order = order(attributeOrItself(given.find(2, "attribute", None.NONE)), exact);
                List<Object> items = new ArrayList<>(counted(value));
                items.sort(Values.truth(given.find(0, "reverse", false)) ? order.reversed() : order);
                yield items;
            }
            case "unique" -> {
                given.check(name, 2, "case_sensitive", "attribute");
                boolean exact = Values.truth(given.find(0, "case_sensitive", false));
                UnaryOperator<Object> of = attributeOrItself(given.find(1, "attribute", None.NONE));
                List<Object> seen = new ArrayList<>();
                List<Object> items = new ArrayList<>();
                for (Object item : counted(value)) {
                    Object key = folded(of.apply(item), exact);
                    budget.make(seen.size() * 64L);
                    if (seen.stream().noneMatch(one -> Values.equal(one, key))) {
                        seen.add(key);
                        items.add(item);
                    }
                }
                yield new Generated(items);
            }
            case "sum" -> {
                UnaryOperator<Object> of = attributeOrItself(
                        given.check(name, 2, "attribute", "start").find(0, "attribute", None.NONE));
                Object sum = given.find(1, "start", 0L);
                Numbers numbers = new Numbers(budget);
                for (Object item : counted(value)) {
                    sum = numbers.apply("+", sum, of.apply(item));
                }
                yield sum;
            }
            default -> {
                given.check(name, 2, "case_sensitive", "attribute");
                boolean exact = Values.truth(given.find(0, "case_sensitive", false));
                Comparator<Object> order = order(attributeOrItself(given.find(1, "attribute", None.NONE)), exact);
                List<Object> items = counted(value);
                if (items.isEmpty()) {
                    yield new Undefined("No aggregated item, sequence was empty.");
                }
                // The first of several that are equal, as in Python.
                Object best = items.getFirst();
                for (Object item : items) {
                    int compared = order.compare(item, best);
                    best = (name.equals("min") ? compared < 0 : compared > 0) ? item : best;
                }
                yield best;
            }
        };
    }

    private static Comparator<Object> order(UnaryOperator<Object> of, boolean exact) {
        return Comparator.comparing(item -> folded(of.apply(item), exact), Values::compare);
    }

    static Object folded(Object value, boolean exact) {
        return !exact && value instanceof String text ? text.toLowerCase(Locale.ROOT) : value;
    }

    private UnaryOperator<Object> attributeOrItself(Object attribute) {
        return attribute == None.NONE ? UnaryOperator.identity() : attribute(attribute, None.NONE);
    }

    /** What {@code a.b.0} names in an element; {@code otherwise}, unless None, where it is not there. */
    private UnaryOperator<Object> attribute(Object path, Object otherwise) {
        List<Object> parts = new ArrayList<>();
        for (String part : Values.text(path).split("\\.", -1)) {
            parts.add(part.matches("\\d{1,9}") ? (Object) Long.valueOf(part) : part);
        }
        return item -> {
            Object value = item;
            for (Object part : parts) {
                value = members.item(value, part);
                if (value instanceof Undefined && otherwise != None.NONE) {
                    value = otherwise;
                }
            }
            return value;
        };
    }
}
