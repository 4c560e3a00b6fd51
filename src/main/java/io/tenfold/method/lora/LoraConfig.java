package io.tenfold.method.lora;

import io.tenfold.train.ModuleNames;
import io.tenfold.train.TargetModules;
import io.tenfold.train.UsualTargets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the updates are, named and meant as in PEFT's {@code LoraConfig}; {@link LoraOptions} and {@link LoraConfigFile} read
 * it.
 *
 * @param r the rank
 * @param loraAlpha the update counts {@code alpha / r}, or {@code alpha / sqrt(r)} with {@code useRslora}
 * @param loraDropout on the update's input
 * @param targets which linear layers get an update; null: those usual for the model's type
 * @param layersToTransform layers by number; null: all
 * @param bias which of the model's biases are trained
 * @param useDora give every output a magnitude of its own (Liu et al. 2024, arXiv:2402.09353)
 * @param modulesToSave modules that are trained in full, besides head and new weights
 * @param rankPattern ranks of modules that differ from {@code r}
 * @param alphaPattern likewise for {@code loraAlpha}
 * @param init how the factors begin
 */
public record LoraConfig(
        int r,
        double loraAlpha,
        double loraDropout,
        @Nullable TargetModules targets,
        @Nullable List<Integer> layersToTransform,
        Bias bias,
        boolean useRslora,
        boolean useDora,
        List<String> modulesToSave,
        Map<String, Integer> rankPattern,
        Map<String, Double> alphaPattern,
        Init init) {

    /** Which of the model's own biases are trained. */
    public enum Bias {
        NONE,
        ALL,
        LORA_ONLY
    }

    /** How A is drawn, beside a B of zero: uniform as a linear layer's weight (He et al. 2015), or normal with deviation 1/r; or both taken from the weight. */
    public enum Init {
        DEFAULT,
        GAUSSIAN,
        PISSA,
        OLORA
    }

    /** Which linear layers of a model of this type get an update: what is configured, or PEFT's usual ones. */
    TargetModules targets(String modelType) {
        if (targets != null) {
            return targets;
        }
        return new TargetModules.Names(UsualTargets.lora(modelType));
    }

    /** Whether the factors are taken out of the frozen weights. */
    boolean changesTheBase() {
        return init == Init.PISSA || init == Init.OLORA;
    }

    /** The rank of a module. */
    int rank(String module) {
        return ofPattern(rankPattern, module, r).intValue();
    }

    /** The option that decides a module's rank. */
    String rankOption(String module, String usual) {
        return rankPattern.keySet().stream().anyMatch(key -> ModuleNames.matchesKey(module, key))
                ? "method.rank_pattern"
                : usual;
    }

    /** What the update of a module is multiplied by (Kalajdzievski 2023, arXiv:2312.03732, for the root). */
    double scale(String module) {
        double alpha = ofPattern(alphaPattern, module, loraAlpha).doubleValue();
        return alpha / (useRslora ? Math.sqrt(rank(module)) : rank(module));
    }

    /** The same with other ranks and alphas, for factors that left the base as it was. */
    LoraConfig withRanks(int rank, double alpha, Map<String, Integer> ranks, Map<String, Double> alphas) {
        return new LoraConfig(
                rank,
                alpha,
                loraDropout,
                targets,
                layersToTransform,
                bias,
                useRslora,
                useDora,
                modulesToSave,
                ranks,
                alphas,
                Init.DEFAULT);
    }

    /** The same to extract updates of this rank: of all linear layers, where no others are named. */
    LoraConfig ofExtraction(int rank) {
        return new LoraConfig(
                rank,
                rank,
                0,
                targets == null ? new TargetModules.AllLinear() : targets,
                layersToTransform,
                bias,
                false,
                false,
                modulesToSave,
                rankPattern,
                alphaPattern,
                Init.DEFAULT);
    }

    /** The same for finished factors with a scale of 1, whose ranks are known. */
    LoraConfig ofRanks(Map<String, Integer> ranks) {
        int most = ranks.values().stream().mapToInt(Integer::intValue).max().orElse(r);
        Map<String, Integer> others = new LinkedHashMap<>(ranks);
        others.values().removeIf(rank -> rank == most);
        Map<String, Double> alphas = new LinkedHashMap<>();
        others.forEach((module, rank) -> alphas.put(module, (double) rank));
        return new LoraConfig(
                most,
                most,
                0,
                targets,
                layersToTransform,
                bias,
                false,
                false,
                modulesToSave,
                others,
                alphas,
                Init.DEFAULT);
    }

    private static Number ofPattern(Map<String, ? extends Number> pattern, String module, Number otherwise) {
        for (Map.Entry<String, ? extends Number> entry : pattern.entrySet()) {
            if (ModuleNames.matchesKey(module, entry.getKey())) {
                return entry.getValue();
            }
        }
        return otherwise;
    }
}
