package io.tenfold.train;

import java.util.Collection;

/** PEFT's {@code modules_to_save}, which names modules by the ending of their names: no point need lie before it. */
public final class SavedModules {

    private SavedModules() {}

    /** Whether a parameter or module lies within one of the named modules: {@code layer_norm} has {@code sa_layer_norm.bias}. */
    public static boolean have(Collection<String> endings, String name) {
        for (int end = name.length(); end > 0; end = name.lastIndexOf('.', end - 1)) {
            String module = name.substring(0, end);
            if (endings.stream().anyMatch(module::endsWith)) {
                return true;
            }
        }
        return false;
    }
}
