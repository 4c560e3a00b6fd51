package io.tenfold.method.partial;

import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import io.tenfold.job.Suggest;
import io.tenfold.model.Network;
import io.tenfold.tensor.Parameter;
import io.tenfold.tensor.Parameters;
import io.tenfold.train.LayerNumber;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;

/** The part of a network that the options choose. */
final class ChosenPart {

    private final PartialConfig config;
    private final Network network;
    private final Parameters head;

    private ChosenPart(PartialConfig config, Network network) {
        this.config = config;
        this.network = network;
        head = network.newParameters();
    }

    /**
     * The parameters that are trained, in the network's order.
     *
     * @throws JobException bad_request for layers that the model doesn't have, names that match nothing, and options that
     *     leave nothing but the head
     */
    static Parameters of(PartialConfig config, Network network) {
        ChosenPart part = new ChosenPart(config, network);
        part.refuseLayersOutside("train_last_layers", config.trainLastLayers());
        part.refuseLayersOutside("train_first_layers", config.trainFirstLayers());
        part.refuseUnmatched("trainable", config.trainable());
        part.refuseUnmatched("frozen", config.frozen());
        part.refuseFrozenHead();
        Parameters chosen = network.parameters().matching(part::isTrained);
        part.refuseNothingLeft(chosen);
        part.refuseTiedHead(chosen);
        return chosen;
    }

    private boolean isTrained(Parameter parameter) {
        return head.contains(parameter.name())
                || (isNamed(parameter)
                        && (!config.biasOnly() || parameter.name().endsWith(".bias"))
                        && config.frozen().stream().noneMatch(pattern -> pattern.matches(parameter.name())));
    }

    private boolean isNamed(Parameter parameter) {
        int layer = LayerNumber.of(parameter, network);
        if (layer == network.layers()) {
            return true;
        }
        if (config.headOnly()) {
            return false;
        }
        return !config.namesAPart()
                || layer >= network.layers() - config.trainLastLayers()
                || (layer >= 0 && layer < config.trainFirstLayers())
                || config.trainable().stream().anyMatch(pattern -> pattern.matches(parameter.name()));
    }

    private void refuseLayersOutside(String option, int count) {
        if (count > network.layers()) {
            throw bad(
                    option,
                    "method.%s is %d, but the model has %d layers; give at most that"
                            .formatted(option, count, network.layers()));
        }
    }

    private void refuseUnmatched(String option, List<NamePattern> patterns) {
        for (NamePattern pattern : patterns) {
            if (network.parameters().stream().noneMatch(parameter -> pattern.matches(parameter.name()))) {
                Collection<String> names = names();
                throw bad(
                        option,
                        "method.%s has %s, which matches no weight of the model; these would: %s, or a regular expression that matches a whole name, such as %s%s"
                                .formatted(
                                        option,
                                        pattern,
                                        String.join(", ", names),
                                        network.parameters().list().getFirst().name(),
                                        Suggest.didYouMean(pattern.text(), names)));
            }
        }
    }

    /** The parts of the model's names, and a layer for an example. */
    private Collection<String> names() {
        TreeSet<String> names = new TreeSet<>();
        for (Parameter parameter : network.parameters()) {
            for (String part : parameter.name().split("\\.", -1)) {
                names.add(part.matches("\\d+") ? "layer." + part : part);
            }
        }
        names.removeIf(name -> name.matches("layer\\.\\d+") && !name.equals("layer.0"));
        return names;
    }

    private void refuseFrozenHead() {
        for (NamePattern pattern : config.frozen()) {
            if (network.parameters().stream()
                    .filter(parameter -> pattern.matches(parameter.name()))
                    .allMatch(parameter -> head.contains(parameter.name()))) {
                throw bad(
                        "frozen",
                        "method.frozen has %s, which is the head or another new weight; these are always trained, take it out"
                                .formatted(pattern));
            }
        }
    }

    /** What is above the layers is trained with any option, so that these must choose something below. */
    private void refuseNothingLeft(Parameters chosen) {
        boolean filtered = config.biasOnly() || !config.frozen().isEmpty();
        if (filtered && chosen.stream().allMatch(this::isAboveTheLayers) && !onlyAboveIsNamed()) {
            String by = config.frozen().isEmpty() ? "bias_only" : "frozen";
            throw bad(
                    by,
                    "method.%s leaves nothing to train below the head; name less there, or use head_only to train the head alone"
                            .formatted(by));
        }
    }

    private void refuseTiedHead(Parameters chosen) {
        if (chosen.count() == 0 && network.tied()) {
            throw bad(
                    "head_only",
                    "method.head_only is true, but this model's output layer is its word embeddings (tie_word_embeddings), below all layers; give train_last_layers, or take method lora");
        }
    }

    private boolean onlyAboveIsNamed() {
        return network.parameters().stream().filter(this::isNamed).allMatch(this::isAboveTheLayers);
    }

    private boolean isAboveTheLayers(Parameter parameter) {
        return LayerNumber.of(parameter, network) == network.layers();
    }

    private static JobException bad(String option, String message) {
        return new JobException(ErrorCode.BAD_REQUEST, "method." + option, message);
    }
}
