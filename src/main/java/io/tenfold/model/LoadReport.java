package io.tenfold.model;

import java.util.List;

/**
 * What loading found.
 *
 * @param drawn parameters that the checkpoint lacks and the seed decided, such as {@code classifier.weight}
 */
public record LoadReport(List<String> drawn) {

    public LoadReport {
        drawn = List.copyOf(drawn);
    }
}
