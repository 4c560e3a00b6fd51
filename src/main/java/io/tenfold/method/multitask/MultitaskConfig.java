package io.tenfold.method.multitask;

import io.tenfold.job.Fields;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The options of {@code multitask}.
 *
 * @param weights by task, of {@link Weighting#STATIC}; 1 for a task that is not named
 * @param dwaTemperature of {@link Weighting#DWA}: the higher, the more alike the weights
 * @param gradnormAlpha of {@link Weighting#GRADNORM}: how strongly tasks that lag behind are pulled up
 * @param weightsLearningRate of weights that are learned
 * @param projects whether gradients that conflict are projected (PCGrad)
 * @param samplingTemperature shares are proportional to rows to the power of its inverse; 1 with {@link
 *     Sampling#PROPORTIONAL}
 */
record MultitaskConfig(
        Weighting weighting,
        Map<String, Double> weights,
        double dwaTemperature,
        double gradnormAlpha,
        double weightsLearningRate,
        boolean projects,
        Sampling sampling,
        double samplingTemperature) {

    /** What a task's loss is multiplied with. */
    enum Weighting {
        STATIC,
        UNCERTAINTY,
        DWA,
        GRADNORM;

        String wire() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** How often a task has its turn. */
    enum Sampling {
        PROPORTIONAL,
        TEMPERATURE,
        ROUND_ROBIN
    }

    /** Whether every step has rows of every task; else each has rows of one. */
    boolean joint() {
        return projects || weighting == Weighting.GRADNORM || weighting == Weighting.UNCERTAINTY;
    }

    static MultitaskConfig read(Fields options) {
        Weighting weighting = oneOf(options, "loss_weights", Weighting.values(), Weighting.STATIC);
        Map<String, Double> weights = options.numbersByName("weights", x -> x >= 0, "at least 0");
        double dwa = options.number("dwa_temperature", 2.0, x -> x > 0, "above 0 (2 is usual)");
        double alpha = options.number("gradnorm_alpha", 1.5, x -> x >= 0, "at least 0 (1.5 is usual)");
        double rate = options.number("loss_weights_learning_rate", 0.025, x -> x > 0 && x <= 10, "above 0, at most 10");
        refuseOthers(options, weighting);
        boolean projects =
                options.oneOf("gradients", List.of("sum", "pcgrad"), "sum").equals("pcgrad");
        Sampling sampling = oneOf(options, "sampling", Sampling.values(), Sampling.PROPORTIONAL);
        double temperature =
                options.number("sampling_temperature", 2.0, x -> x >= 1, "at least 1 (1: proportional; 2 is usual)");
        if (sampling != Sampling.TEMPERATURE && options.has("sampling_temperature")) {
            options.error(
                    "sampling_temperature",
                    "%s is given, but %s is %s; leave it out, or take sampling temperature"
                            .formatted(
                                    options.param("sampling_temperature"),
                                    options.param("sampling"),
                                    sampling.name().toLowerCase(Locale.ROOT)));
        }
        return new MultitaskConfig(
                weighting,
                weights,
                dwa,
                alpha,
                rate,
                projects,
                sampling,
                sampling == Sampling.TEMPERATURE ? temperature : 1);
    }

    private static void refuseOthers(Fields options, Weighting weighting) {
        Map.of(
                        "weights", List.of(Weighting.STATIC),
                        "dwa_temperature", List.of(Weighting.DWA),
                        "gradnorm_alpha", List.of(Weighting.GRADNORM),
                        "loss_weights_learning_rate", List.of(Weighting.UNCERTAINTY, Weighting.GRADNORM))
                .forEach((name, owners) -> {
                    if (options.has(name) && !owners.contains(weighting)) {
                        options.error(
                                name,
                                "%s is given, but %s is %s; leave it out, or take %s"
                                        .formatted(
                                                options.param(name),
                                                options.param("loss_weights"),
                                                weighting.wire(),
                                                String.join(
                                                        " or ",
                                                        owners.stream()
                                                                .map(Weighting::wire)
                                                                .toList())));
                    }
                });
    }

    private static <E extends Enum<E>> E oneOf(Fields options, String name, E[] values, E otherwise) {
        List<String> names = Arrays.stream(values)
                .map(value -> value.name().toLowerCase(Locale.ROOT))
                .toList();
        return values[names.indexOf(options.oneOf(name, names, otherwise.name().toLowerCase(Locale.ROOT)))];
    }
}
