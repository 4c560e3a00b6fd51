package io.tenfold.data.jinja;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The functions that every template has. */
final class Globals {

    /** As many numbers as Jinja's sandbox allows. */
    private static final long MOST_RANGE = 100_000;

    private Globals() {}

    static Map<String, Object> of(Budget budget) {
        return Map.of(
                "range", (Function) given -> range(budget, given),
                "namespace", (Function) given -> new Namespace(entries(given)),
                "dict", (Function) given -> new LinkedHashMap<Object, Object>(entries(given)),
                "raise_exception",
                        (Function) given -> {
                            throw TemplateException.raised(Values.text(given.demand(0, "message", "raise_exception")));
                        },
                "cycler", missing("cycler"),
                "joiner", missing("joiner"),
                "lipsum", missing("lipsum"));
    }

    /** What Jinja has and this has not. */
    private static Function missing(String name) {
        return _ -> {
            throw TemplateException.unsupported(name);
        };
    }

    private static Map<String, Object> entries(Arguments given) {
        Map<String, Object> entries = new LinkedHashMap<>();
        for (Object place : given.places()) {
            if (!(place instanceof Map<?, ?> map)) {
                throw TemplateException.unsupported("namespace or dict of a " + Values.type(place));
            }
            map.forEach((key, value) -> entries.put(Values.text(key), value));
        }
        entries.putAll(given.names());
        return entries;
    }

    private static List<Object> range(Budget budget, Arguments given) {
        given.check("range", 3);
        int first = Values.index(given.demand(0, "stop", "range"));
        boolean both = given.places().size() > 1;
        long from = both ? first : 0;
        long to = both ? Values.index(given.places().get(1)) : first;
        long step = given.places().size() > 2 ? Values.index(given.places().get(2)) : 1;
        if (step == 0) {
            throw TemplateException.failed("range() arg 3 must not be zero");
        }
        if ((to - from) / step > MOST_RANGE) {
            throw TemplateException.limit("a range has more than %d numbers".formatted(MOST_RANGE));
        }
        List<Object> numbers = new ArrayList<>();
        for (long i = from; step > 0 ? i < to : i > to; i += step) {
            numbers.add(i);
        }
        budget.make(numbers.size());
        return numbers;
    }
}
