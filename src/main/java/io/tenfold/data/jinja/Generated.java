package io.tenfold.data.jinja;

import java.util.ArrayList;
import java.util.List;

/** What filters such as {@code selectattr} give: values that can be taken once, whose number nobody knows, and that count as true. */
final class Generated {

    private List<Object> left;

    Generated(List<Object> values) {
        left = values;
    }

    /** All that is left; nothing is, afterwards. */
    List<Object> take() {
        List<Object> taken = left;
        left = new ArrayList<>();
        return taken;
    }

    /** The next value alone; null after the last. */
    @org.jspecify.annotations.Nullable
    Object next() {
        if (left.isEmpty()) {
            return null;
        }
        Object first = left.getFirst();
        left = left.subList(1, left.size());
        return first;
    }
}
