package io.tenfold.data.jinja;

import java.util.HashMap;
import java.util.Map;

/** {@code namespace(…)}: variables that loops can change. */
record Namespace(Map<String, Object> values) {

    Namespace {
        values = new HashMap<>(values);
    }
}
