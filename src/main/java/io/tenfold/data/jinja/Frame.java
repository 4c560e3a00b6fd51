package io.tenfold.data.jinja;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Variables, and those around them. */
final class Frame {

    private final @Nullable Frame around;
    private final Map<String, Object> values = new HashMap<>();

    Frame(@Nullable Frame around) {
        this.around = around;
    }

    void set(String name, Object value) {
        values.put(name, value);
    }

    @Nullable
    Object find(String name) {
        for (Frame frame = this; frame != null; frame = frame.around) {
            Object value = frame.values.get(name);
            if (value != null) {
                return value;
            }
        }
        return null;
    }
}
