package io.tenfold.method.lora;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tenfold.checkpoint.PeftFiles;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.Fields;
import io.tenfold.job.JobException;
import io.tenfold.train.TargetModules;
import java.math.BigDecimal;
import java.util.Collection;
import java.util.List;
import java.util.Locale;

/** PEFT's {@code adapter_config.json}: read whoever wrote it, and written. */
final class LoraConfigFile {

    /** What has a meaning for us; all else of PEFT's many fields is a default, or refused below. */
    private static final List<String> KNOWN = List.of(
            "r",
            "lora_alpha",
            "lora_dropout",
            "target_modules",
            "layers_to_transform",
            "bias",
            "use_rslora",
            "use_dora",
            "modules_to_save",
            "rank_pattern",
            "alpha_pattern",
            "init_lora_weights");

    /** Variants that change the forward pass. */
    private static final List<String> REFUSED = List.of(
            "use_qalora",
            "use_bdlora",
            "exclude_modules",
            "layer_replication",
            "lora_bias",
            "alora_invocation_tokens",
            "arrow_config",
            "kasa_config",
            "monteclora_config",
            "velora_config",
            "target_parameters",
            "trainable_token_indices");

    /** PEFT's {@code lora_alpha} where a file has none; a request's is another. */
    private static final int PEFTS_ALPHA = 8;

    /** Values of {@code init_lora_weights} that changed the base by what can't be computed again without the data. */
    private static final List<String> LOST = List.of("corda", "loftq", "lora_ga");

    private LoraConfigFile() {}

    /**
     * The options.
     *
     * @throws JobException bad_model for a variant that this version does not compute, and for broken values
     */
    static LoraConfig read(JsonNode json, String location) {
        PeftFiles.refuseOtherTask(json, location);
        for (String variant : REFUSED) {
            JsonNode value = json.path(variant);
            boolean off = value.isMissingNode() || value.isNull() || (value.isBoolean() && !value.booleanValue());
            if (!off && !(value.isContainerNode() && value.isEmpty())) {
                throw refused(location, variant, value);
            }
        }
        ObjectNode known = JsonNodeFactory.instance.objectNode();
        KNOWN.forEach(name -> known.set(
                name, json.path(name).isMissingNode() ? JsonNodeFactory.instance.nullNode() : json.path(name)));
        if (!json.hasNonNull("lora_alpha")) {
            known.put("lora_alpha", PEFTS_ALPHA);
        }
        known.set("init_lora_weights", init(json.path("init_lora_weights"), location));
        Fields fields = new Fields(known);
        LoraConfig config = LoraOptions.adapter(fields);
        if (!fields.errors().isEmpty()) {
            throw new JobException(
                    ErrorCode.BAD_MODEL,
                    null,
                    "%s: adapter_config.json: %s"
                            .formatted(location, fields.errors().getFirst().message()));
        }
        return config;
    }

    /** How the factors began matters only where they were taken out of the base. */
    private static JsonNode init(JsonNode value, String location) {
        String name = value.isTextual() ? value.textValue().toLowerCase(Locale.ROOT) : "";
        if (LOST.contains(name) || name.startsWith("pissa_niter")) {
            throw refused(location, "init_lora_weights", value);
        }
        return name.equals("pissa") || name.equals("olora")
                ? JsonNodeFactory.instance.textNode(name)
                : JsonNodeFactory.instance.booleanNode(true);
    }

    private static JobException refused(String location, String variant, JsonNode value) {
        return new JobException(
                ErrorCode.BAD_MODEL,
                null,
                "%s: %s is %s, which this version can't compute".formatted(location, variant, value));
    }

    /**
     * The JSON of an adapter.
     *
     * @param task PEFT's name of the task
     * @param transposed whether Transformers keeps the targeted layers' weights so
     * @param targets names of the targeted modules, where PEFT can't read the configuration's rule
     */
    static ObjectNode write(
            LoraConfig config,
            String task,
            boolean transposed,
            String baseLocation,
            Collection<String> targets,
            Collection<String> savedModules) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("peft_type", "LORA").put("task_type", task).put("base_model_name_or_path", baseLocation);
        json.put("inference_mode", true);
        json.put("r", config.r())
                .put("lora_alpha", number(config.loraAlpha()))
                .put("lora_dropout", config.loraDropout());
        json.put("bias", config.bias().name().toLowerCase(Locale.ROOT));
        json.put("use_rslora", config.useRslora()).put("use_dora", config.useDora());
        json.put("fan_in_fan_out", transposed);
        if (config.init() == LoraConfig.Init.GAUSSIAN) {
            json.put("init_lora_weights", "gaussian");
        } else {
            json.put("init_lora_weights", true);
        }
        List<Integer> layers = config.layersToTransform();
        if (layers == null && config.targets() instanceof TargetModules.Expression(String expression)) {
            json.put("target_modules", expression);
        } else {
            targets.forEach(json.putArray("target_modules")::add);
        }
        savedModules.forEach(json.putArray("modules_to_save")::add);
        json.set("rank_pattern", JsonNodeFactory.instance.pojoNode(config.rankPattern()));
        ObjectNode alphas = json.putObject("alpha_pattern");
        config.alphaPattern().forEach((key, alpha) -> alphas.put(key, number(alpha)));
        // PEFT wants no numbers of layers beside an expression: its targets are spelled out.
        if (layers == null || config.targets() instanceof TargetModules.Expression) {
            json.putNull("layers_to_transform");
        } else {
            layers.forEach(json.putArray("layers_to_transform")::add);
        }
        return json;
    }

    private static BigDecimal number(double value) {
        BigDecimal shortest = new BigDecimal(Double.toString(value)).stripTrailingZeros();
        return shortest.scale() < 0 ? shortest.setScale(0) : shortest;
    }
}
