package io.tenfold.method.partial;

import io.tenfold.train.ModuleNames;

/**
 * Names parameters as PEFT's {@code target_modules} names modules: by the end of a name, at a dot ({@code query}, {@code
 * layer.1}, {@code LayerNorm.bias}), or by a regular expression that matches a whole name. A module's name stands for all
 * parameters within.
 *
 * @param text as the request has it
 */
record NamePattern(String text) {

    /** Whether the parameter of this name, or a module around it, is meant. */
    boolean matches(String parameter) {
        for (int end = parameter.length(); end > 0; end = parameter.lastIndexOf('.', end - 1)) {
            String name = parameter.substring(0, end);
            if (ModuleNames.endsWith(name, text) || ModuleNames.matches(name, text)) {
                return true;
            }
        }
        return false;
    }

    @Override
    public String toString() {
        return text;
    }
}
