package io.tenfold.model;

import java.util.List;

/**
 * What loading found.
 *
 * @param drawn parameters that the checkpoint lacks and the seed decided, such as {@code classifier.weight}
 * @param ignored tensors of the checkpoint that this model has no place for: another task's head, old buffers
 */
public record LoadReport(List<String> drawn, List<String> ignored) {

    public LoadReport {
        drawn = List.copyOf(drawn);
        ignored = List.copyOf(ignored);
    }
}
