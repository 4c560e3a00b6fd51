package io.tenfold.telemetry;

import io.tenfold.job.MethodCatalog;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Labels with few values, whatever requests and workers say: every value is a time series of its own. */
@ApplicationScoped
public class Labels {

    /** What is none of the known values. */
    static final String OTHER = "other";

    /** Where there is no value. */
    static final String NONE = "none";

    /** The kinds of devices. */
    static final Set<String> DEVICES = Set.of("cpu", "cuda");

    private final MethodCatalog methods;

    Labels(MethodCatalog methods) {
        this.methods = methods;
    }

    /** A method's name, if it is one. */
    String method(String name) {
        return methods.names().contains(name) ? name : OTHER;
    }

    /** All that {@link #method} can answer. */
    List<String> methods() {
        List<String> all = new ArrayList<>(methods.names());
        all.add(OTHER);
        return all;
    }

    /** The kind of a device such as {@code cuda:1}. */
    static String device(@Nullable String device) {
        if (device == null) {
            return NONE;
        }
        String kind = device.split(":", 2)[0];
        return DEVICES.contains(kind) ? kind : OTHER;
    }
}
