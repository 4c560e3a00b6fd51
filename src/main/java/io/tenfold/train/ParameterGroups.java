package io.tenfold.train;

import io.tenfold.tensor.AdamW;
import io.tenfold.tensor.Parameter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/** Sorts trained parameters into the optimiser's groups: by share of the learning rate, decaying or not. */
public final class ParameterGroups {

    private ParameterGroups() {}

    private record Key(double scale, boolean decays) {}

    /** All with the full learning rate. */
    public static List<AdamW.Group> of(Iterable<Parameter> trained, double weightDecay) {
        return of(trained, weightDecay, parameter -> 1);
    }

    /** @param scale a parameter's share of the learning rate */
    public static List<AdamW.Group> of(
            Iterable<Parameter> trained, double weightDecay, ToDoubleFunction<Parameter> scale) {
        Map<Key, List<Parameter>> sorted = new LinkedHashMap<>();
        for (Parameter parameter : trained) {
            Key key = new Key(scale.applyAsDouble(parameter), WeightDecay.decays(parameter.name()));
            sorted.computeIfAbsent(key, _ -> new ArrayList<>()).add(parameter);
        }
        return sorted.entrySet().stream()
                .map(entry -> new AdamW.Group(
                        entry.getValue(), entry.getKey().scale(), entry.getKey().decays() ? weightDecay : 0))
                .toList();
    }

    /** How many numbers the parameters of these modules (names as PEFT's {@code modules_to_save}) hold. */
    public static long sizeWithin(Iterable<Parameter> parameters, Collection<String> modules) {
        long size = 0;
        for (Parameter parameter : parameters) {
            if (ModuleNames.isWithin(parameter.name(), modules)) {
                size += parameter.size();
            }
        }
        return size;
    }
}
