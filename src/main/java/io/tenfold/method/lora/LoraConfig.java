package io.tenfold.method.lora;

import com.fasterxml.jackson.databind.JsonNode;
import io.tenfold.job.Fields;
import io.tenfold.train.ModuleNames;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The options, named and meant as in PEFT's {@code LoraConfig}.
 *
 * @param r the rank
 * @param loraAlpha the update counts {@code alpha / r}, or {@code alpha / sqrt(r)} with {@code useRslora}
 * @param loraDropout on the update's input
 * @param targets which linear layers get an update
 * @param layersToTransform layers by number; null: all
 * @param bias which of the model's biases are trained
 * @param modulesToSave modules that are trained in full, besides head and new weights
 * @param rankPattern ranks of modules that differ from {@code r}
 * @param alphaPattern likewise for {@code loraAlpha}
 * @param init how the first factor is drawn; the second one is zero
 * @param merge write the merged model, too
 */
public record LoraConfig(
        int r,
        double loraAlpha,
        double loraDropout,
        LoraTargets targets,
        @Nullable List<Integer> layersToTransform,
        Bias bias,
        boolean useRslora,
        List<String> modulesToSave,
        Map<String, Integer> rankPattern,
        Map<String, Integer> alphaPattern,
        Init init,
        boolean merge) {

    /** Which of the model's own biases are trained. */
    public enum Bias {
        NONE,
        ALL,
        LORA_ONLY
    }

    /** How A is drawn: uniform as a linear layer's weight (He et al. 2015), or normal with deviation 1/r. */
    public enum Init {
        DEFAULT,
        GAUSSIAN
    }

    /** Reads the options of a request, or the same names of an {@code adapter_config.json}. */
    static LoraConfig read(Fields f) {
        return new LoraConfig(
                f.integer("r", 8, 1, 65_536),
                f.number("lora_alpha", 16, x -> x > 0, "above 0 (twice r is usual)"),
                f.number("lora_dropout", 0, x -> x >= 0 && x < 1, "from 0 to below 1"),
                targets(f),
                layers(f),
                Bias.valueOf(f.oneOf("bias", List.of("none", "all", "lora_only"), "none")
                        .toUpperCase(java.util.Locale.ROOT)),
                f.flag("use_rslora", false),
                orEmpty(f.texts("modules_to_save")),
                pattern(f, "rank_pattern"),
                pattern(f, "alpha_pattern"),
                init(f),
                f.flag("merge", false));
    }

    /** The rank of a module. */
    int rank(String module) {
        return ofPattern(rankPattern, module, r).intValue();
    }

    /** What the update of a module is multiplied by (Kalajdzievski 2023, arXiv:2312.03732, for the root). */
    double scale(String module) {
        double alpha = ofPattern(alphaPattern, module, loraAlpha).doubleValue();
        return alpha / (useRslora ? Math.sqrt(rank(module)) : rank(module));
    }

    private static Number ofPattern(Map<String, Integer> pattern, String module, Number otherwise) {
        for (Map.Entry<String, Integer> entry : pattern.entrySet()) {
            if (ModuleNames.matchesKey(module, entry.getKey())) {
                return entry.getValue();
            }
        }
        return otherwise;
    }

    private static LoraTargets targets(Fields f) {
        JsonNode value = f.raw("target_modules");
        if (value.isNull()) {
            return new LoraTargets.Usual();
        }
        if (value.isTextual()) {
            String text = f.text("target_modules", null);
            if (text == null) {
                return new LoraTargets.Usual(); // blank, which the line before has reported
            }
            if (text.equals("all-linear")) {
                return new LoraTargets.AllLinear();
            }
            expression(f, "target_modules", text);
            return new LoraTargets.Expression(text);
        }
        List<String> names = orEmpty(f.texts("target_modules"));
        if (value.isArray() && value.isEmpty()) {
            f.error("target_modules", "method.target_modules is an empty list; name modules, or leave it out");
        }
        return new LoraTargets.Names(names);
    }

    private static @Nullable List<Integer> layers(Fields f) {
        JsonNode value = f.raw("layers_to_transform");
        if (value.isNull()) {
            return null;
        }
        List<Integer> layers = new ArrayList<>();
        for (JsonNode element : value.isArray() ? value : List.of(value)) {
            if (!element.canConvertToExactIntegral() || !element.canConvertToInt() || element.intValue() < 0) {
                f.error(
                        "layers_to_transform",
                        "method.layers_to_transform is %s; it must be layer numbers from 0".formatted(value));
                return null;
            }
            layers.add(element.intValue());
        }
        return layers;
    }

    private static Map<String, Integer> pattern(Fields f, String name) {
        Map<String, Integer> pattern = f.integers(name, 1);
        pattern.keySet().forEach(key -> expression(f, name, key));
        return pattern;
    }

    private static void expression(Fields f, String name, String expression) {
        String problem = ModuleNames.problem(expression);
        if (!problem.isEmpty()) {
            f.error(
                    name,
                    "%s has %s, which is no regular expression: %s".formatted(f.param(name), expression, problem));
        }
    }

    private static Init init(Fields f) {
        JsonNode value = f.raw("init_lora_weights");
        if (value.isNull() || (value.isBoolean() && value.booleanValue())) {
            return Init.DEFAULT;
        }
        if (value.isTextual() && value.textValue().equals("gaussian")) {
            return Init.GAUSSIAN;
        }
        f.error(
                "init_lora_weights",
                "%s is %s; it must be true or \"gaussian\"".formatted(f.param("init_lora_weights"), value));
        return Init.DEFAULT;
    }

    private static List<String> orEmpty(@Nullable List<String> texts) {
        return texts == null ? List.of() : texts;
    }
}
