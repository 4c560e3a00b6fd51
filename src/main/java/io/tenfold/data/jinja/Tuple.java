package io.tenfold.data.jinja;

import java.util.List;

/** Values in round brackets, which never change. */
record Tuple(List<Object> items) {

    Tuple {
        items = List.copyOf(items);
    }
}
