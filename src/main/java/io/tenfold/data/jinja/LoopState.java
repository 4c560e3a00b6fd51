package io.tenfold.data.jinja;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code loop}: where a loop stands. */
final class LoopState {

    private final List<Object> items;
    private final int depth;
    private int at = -1;
    private @Nullable Object seen;

    /** @param depth of loops in one another, from 1 */
    LoopState(List<Object> items, int depth) {
        this.items = items;
        this.depth = depth;
    }

    boolean advance() {
        return ++at < items.size();
    }

    Object item() {
        return items.get(at);
    }

    Object attribute(String name) {
        return switch (name) {
            case "index" -> (long) at + 1;
            case "index0" -> (long) at;
            case "revindex" -> (long) items.size() - at;
            case "revindex0" -> (long) items.size() - at - 1;
            case "first" -> at == 0;
            case "last" -> at == items.size() - 1;
            case "length" -> (long) items.size();
            case "depth" -> (long) depth;
            case "depth0" -> (long) depth - 1;
            case "previtem" -> at > 0 ? items.get(at - 1) : new Undefined("there is no previous item");
            case "nextitem" -> at + 1 < items.size() ? items.get(at + 1) : new Undefined("there is no next item");
            case "cycle" -> (Function) this::cycle;
            case "changed" -> (Function) this::changed;
            default -> new Undefined("'LoopContext' object has no attribute '%s'".formatted(name));
        };
    }

    private Object cycle(Arguments given) {
        if (given.places().isEmpty()) {
            throw TemplateException.failed("no items for cycling given");
        }
        return given.places().get(at % given.places().size());
    }

    private Object changed(Arguments given) {
        Tuple now = new Tuple(given.places());
        boolean changed = seen == null || !Values.equal(seen, now);
        seen = now;
        return changed;
    }
}
