package io.tenfold.method.lora;

import com.fasterxml.jackson.databind.JsonNode;
import io.tenfold.job.Fields;
import io.tenfold.train.ModuleNames;
import io.tenfold.train.TargetModules;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The method's options.
 *
 * @param adapter what the updates are
 * @param nf4 keep the frozen weights in 4 bits (QLoRA)
 * @param loraplusLrRatio how much faster than A the factor B learns; null: as fast
 * @param extract take the updates from a tuned model; null: train them
 * @param merging take them from other adapters; null: train them
 * @param merge write the merged model, too
 */
public record LoraOptions(
        LoraConfig adapter,
        boolean nf4,
        @Nullable Double loraplusLrRatio,
        Extraction.@Nullable Options extract,
        @Nullable MergeOptions merging,
        boolean merge) {

    /** What {@code merge_adapters} takes from the adapters. */
    private static final List<String> OF_THE_ADAPTERS = List.of(
            "r",
            "lora_alpha",
            "target_modules",
            "layers_to_transform",
            "bias",
            "use_rslora",
            "use_dora",
            "modules_to_save",
            "rank_pattern",
            "alpha_pattern",
            "quantize");

    /** What only training has a use for. */
    private static final List<String> OF_TRAINING = List.of("lora_dropout", "init_lora_weights", "loraplus_lr_ratio");

    /** What an extracted adapter does not have. */
    private static final List<String> NOT_OF_AN_EXTRACTION = List.of(
            "use_dora",
            "quantize",
            "lora_alpha",
            "lora_dropout",
            "use_rslora",
            "init_lora_weights",
            "alpha_pattern",
            "loraplus_lr_ratio");

    /** Reads the options of a request. */
    static LoraOptions read(Fields f) {
        LoraConfig adapter = adapter(f);
        boolean nf4 =
                f.has("quantize") && f.oneOf("quantize", List.of("nf4"), "nf4").equals("nf4");
        Double ratio = f.number("loraplus_lr_ratio", x -> x >= 1, "at least 1 (16 is usual)");
        Extraction.Options extract = Extraction.Options.read(f, adapter.r());
        MergeOptions merging = MergeOptions.read(f);
        boolean merge = f.flag("merge", false);
        refuseContradictions(f, adapter, nf4);
        return new LoraOptions(adapter, nf4, ratio, extract, merging, merge);
    }

    /** Whether the updates are taken from elsewhere, so that nothing is left to train. */
    boolean trainsNothing() {
        return extract != null || merging != null;
    }

    /** The locations that the options name, by option. */
    Map<String, String> locations() {
        if (extract != null) {
            return Map.of(Extraction.FROM, extract.from());
        }
        return merging == null ? Map.of() : merging.locations();
    }

    /** Reads the names that a request shares with {@code adapter_config.json}. */
    static LoraConfig adapter(Fields f) {
        LoraConfig config = new LoraConfig(
                f.integer("r", 8, 1, 65_536),
                f.number("lora_alpha", 16, x -> x > 0, "above 0 (twice r is usual)"),
                f.number("lora_dropout", 0, x -> x >= 0 && x < 1, "from 0 to below 1"),
                TargetModules.read(f, "target_modules", false),
                layers(f),
                LoraConfig.Bias.valueOf(f.oneOf("bias", List.of("none", "all", "lora_only"), "none")
                        .toUpperCase(Locale.ROOT)),
                f.flag("use_rslora", false),
                f.flag("use_dora", false),
                orEmpty(f.texts("modules_to_save")),
                expressions(f, "rank_pattern", f.integers("rank_pattern", 1)),
                expressions(f, "alpha_pattern", f.numbersByName("alpha_pattern", x -> x > 0, "above 0")),
                init(f));
        if (config.changesTheBase() && config.useDora()) {
            f.error(
                    "use_dora",
                    "%s is true, but %s takes its factors out of the weights, whose norms DoRA needs whole; leave one of the two out"
                            .formatted(f.param("use_dora"), f.raw("init_lora_weights")));
        }
        return config;
    }

    private static void refuseContradictions(Fields f, LoraConfig adapter, boolean nf4) {
        if (f.has("extract") && f.has("merge_adapters")) {
            f.error(
                    "merge_adapters",
                    "method.merge_adapters and method.extract are given; an adapter comes from one of them, leave the other out");
        }
        if (nf4 && adapter.changesTheBase()) {
            f.error(
                    "quantize",
                    "method.quantize is nf4, but %s changes the weights that would be quantized; leave one of the two out"
                            .formatted(f.raw("init_lora_weights")));
        }
        if (f.has("extract")) {
            refuse(f, NOT_OF_AN_EXTRACTION, "extract makes a plain adapter without training");
            Fields extract = f.object("extract", false);
            if (extract.has("rank")) {
                refuse(f, List.of("r"), "extract.rank decides the rank");
            }
            if (extract.has("energy")) {
                refuse(f, List.of("r", "rank_pattern"), "extract.energy decides the ranks");
            }
        }
        if (f.has("merge_adapters")) {
            refuse(f, OF_THE_ADAPTERS, "merge_adapters takes it from the adapters");
            refuse(f, OF_TRAINING, "merge_adapters trains nothing");
        }
    }

    /** Whatever the value: the usual ones are not what holds there (an extracted adapter's alpha is its rank, not 16). */
    private static void refuse(Fields f, List<String> names, String reason) {
        for (String name : names) {
            if (f.has(name)) {
                f.error(name, "method.%s is given, but method.%s; leave it out".formatted(name, reason));
            }
        }
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

    private static <N> Map<String, N> expressions(Fields f, String name, Map<String, N> pattern) {
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

    private static LoraConfig.Init init(Fields f) {
        JsonNode value = f.raw("init_lora_weights");
        if (value.isNull() || (value.isBoolean() && value.booleanValue())) {
            return LoraConfig.Init.DEFAULT;
        }
        String text = value.asText();
        if (value.isTextual() && List.of("gaussian", "pissa", "olora").contains(text)) {
            return LoraConfig.Init.valueOf(text.toUpperCase(Locale.ROOT));
        }
        f.error(
                "init_lora_weights",
                value.isTextual() && text.startsWith("pissa_niter")
                        ? "%s is %s, a random approximation that no reader of the adapter could repeat; use pissa, which is exact"
                                .formatted(f.param("init_lora_weights"), text)
                        : "%s is %s; it must be true, \"gaussian\", \"pissa\" or \"olora\""
                                .formatted(f.param("init_lora_weights"), value));
        return LoraConfig.Init.DEFAULT;
    }

    private static List<String> orEmpty(@Nullable List<String> texts) {
        return texts == null ? List.of() : texts;
    }
}
