package io.tenfold.data.jinja;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What stands behind a dot or in square brackets. */
final class Members {

    /** Python's dictionaries have these methods, which a dot finds before a key of that name. */
    private static final Set<String> MAP_METHODS = Set.of(
            "items", "keys", "values", "get", "copy", "pop", "popitem", "update", "clear", "setdefault", "fromkeys");

    private static final Set<String> LIST_METHODS =
            Set.of("index", "count", "append", "extend", "insert", "pop", "remove", "reverse", "sort", "clear", "copy");

    private final Budget budget;

    Members(Budget budget) {
        this.budget = budget;
    }

    /** {@code of.name}. */
    Object attribute(Object of, String name) {
        Object method = method(of, name);
        return switch (of) {
            case Undefined missing -> throw missing.failure();
            case Map<?, ?> map when method instanceof Undefined -> key(map, name);
            case Namespace(Map<String, Object> values) ->
                values.getOrDefault(name, new Undefined("'Namespace' object has no attribute '%s'".formatted(name)));
            case LoopState loop -> loop.attribute(name);
            default -> method;
        };
    }

    private static Object key(Map<?, ?> map, Object key) {
        Object value = map.get(key);
        return value == null ? new Undefined("'dict object' has no attribute '%s'".formatted(Values.text(key))) : value;
    }

    /** {@code of[key]}. */
    Object item(Object of, Object key) {
        return switch (of) {
            case Undefined missing -> throw missing.failure();
            case Map<?, ?> map when map.containsKey(key) -> key(map, key);
            case Map<?, ?> map ->
                key instanceof String name && !(method(of, name) instanceof Undefined)
                        ? method(of, name)
                        : key(map, key);
            case List<?> _, Tuple _, String _ when key instanceof Long || key instanceof Boolean -> place(of, key);
            default ->
                key instanceof String name
                        ? attribute(of, name)
                        : new Undefined("'%s' object has no element %s".formatted(Values.type(of), Values.shown(key)));
        };
    }

    private static Object place(Object of, Object key) {
        long length = Values.length(of);
        long at = key instanceof Boolean truth ? (truth ? 1 : 0) : (Long) key;
        long place = at < 0 ? at + length : at;
        if (place < 0 || place >= length) {
            return new Undefined("%s object has no element %d".formatted(Values.type(of), at));
        }
        return of instanceof String text
                ? Character.toString(text.codePointAt(text.offsetByCodePoints(0, (int) place)))
                : Values.items(of).get((int) place);
    }

    /** {@code of[from:to:step]}, each end {@link None} where it is left out. */
    Object slice(Object of, Object from, Object to, Object step) {
        if (of instanceof Undefined missing) {
            throw missing.failure();
        }
        if (!(of instanceof String || of instanceof List<?> || of instanceof Tuple)) {
            return new Undefined("'%s' object can't be sliced".formatted(Values.type(of)));
        }
        List<Object> items = Values.items(of);
        budget.make(items.size());
        int by = step == None.NONE ? 1 : Values.index(step);
        if (by == 0) {
            throw TemplateException.failed("slice step cannot be zero");
        }
        int size = items.size();
        int low = by > 0 ? 0 : -1;
        int high = by > 0 ? size : size - 1;
        int begin = from == None.NONE ? (by > 0 ? low : high) : bound(from, size, low, high);
        int end = to == None.NONE ? (by > 0 ? high : low) : bound(to, size, low, high);
        List<Object> chosen = new ArrayList<>();
        for (long i = begin; by > 0 ? i < end : i > end; i += by) {
            chosen.add(items.get((int) i));
        }
        return switch (of) {
            case String _ -> String.join("", chosen.stream().map(Values::text).toList());
            case Tuple _ -> new Tuple(chosen);
            default -> chosen;
        };
    }

    private static int bound(Object value, int size, int low, int high) {
        int at = Values.index(value);
        return Math.clamp(at < 0 ? (long) at + size : at, low, high);
    }

    /** A method of the value's type; {@link Undefined} where it has none of this name. */
    private Object method(Object of, String name) {
        return switch (of) {
            case String text
            when TextMethods.has(name) -> (Function) given -> TextMethods.call(budget, text, name, given);
            case Map<?, ?> map when MAP_METHODS.contains(name) -> (Function) given -> ofMap(map, name, given);
            case List<?> list when LIST_METHODS.contains(name) -> (Function) given -> ofList(list, name, given);
            default -> new Undefined("'%s object' has no attribute '%s'".formatted(Values.type(of), name));
        };
    }

    private static Object ofMap(Map<?, ?> map, String name, Arguments given) {
        return switch (name) {
            case "items" -> pairs(map);
            case "keys" -> new ArrayList<Object>(map.keySet());
            case "values" -> new ArrayList<Object>(map.values());
            case "copy" -> new LinkedHashMap<Object, Object>(map);
            case "get" -> {
                Object value = map.get(given.demand(0, "key", "get"));
                yield value == null ? given.find(1, "default", None.NONE) : value;
            }
            default -> throw unsafe("dict", name);
        };
    }

    static List<Object> pairs(Map<?, ?> map) {
        List<Object> pairs = new ArrayList<>(map.size());
        map.forEach((key, value) -> pairs.add(new Tuple(List.of(key, value))));
        return pairs;
    }

    private static Object ofList(List<?> list, String name, Arguments given) {
        return switch (name) {
            case "count" -> {
                Object wanted = given.demand(0, "value", "count");
                yield list.stream().filter(item -> Values.equal(item, wanted)).count();
            }
            case "index" -> {
                Object wanted = given.demand(0, "value", "index");
                for (int i = 0; i < list.size(); i++) {
                    if (Values.equal(list.get(i), wanted)) {
                        yield (long) i;
                    }
                }
                throw TemplateException.failed("%s is not in list".formatted(Values.text(wanted)));
            }
            case "copy" -> new ArrayList<Object>(list);
            default -> throw unsafe("list", name);
        };
    }

    /** Jinja's immutable sandbox refuses what changes a value. */
    private static TemplateException unsafe(String type, String name) {
        return TemplateException.failed(
                "%s.%s changes its %s, which a chat template may not".formatted(type, name, type));
    }
}
