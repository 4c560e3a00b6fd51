package io.tenfold.data.jinja;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a function, filter or test is called with: values by place and by name. */
public record Arguments(List<Object> places, Map<String, Object> names) {

    static final Arguments NONE = new Arguments(List.of(), Map.of());

    /** The value at a place or, if it is not given there, of a name; null where neither is given. */
    @Nullable
    Object find(int place, String name) {
        return place < places.size() ? places.get(place) : names.get(name);
    }

    /** Likewise, with what is meant where neither is given. */
    Object find(int place, String name, Object otherwise) {
        Object found = find(place, name);
        return found == null ? otherwise : found;
    }

    /** A value that must be there. */
    Object demand(int place, String name, String of) {
        Object found = find(place, name);
        if (found == null) {
            throw TemplateException.failed("%s needs the argument %s".formatted(of, name));
        }
        return found;
    }

    /** Refuses more values than {@code most}, and names other than these. */
    Arguments check(String of, int most, String... known) {
        if (places.size() > most) {
            throw TemplateException.failed(
                    "%s takes at most %d arguments, but has %d".formatted(of, most, places.size()));
        }
        Set<String> allowed = Set.of(known);
        for (String name : names.keySet()) {
            if (!allowed.contains(name)) {
                throw TemplateException.failed("%s has no argument %s".formatted(of, name));
            }
        }
        return this;
    }

    /** The values by place from one on. */
    Arguments from(int place) {
        return new Arguments(places.subList(Math.min(place, places.size()), places.size()), names);
    }
}
