package io.tenfold.method.lora;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.Fields;
import io.tenfold.job.JobException;
import java.util.List;

/** Reads PEFT's {@code adapter_config.json}, whoever wrote it. */
final class AdapterConfig {

    /** What has a meaning for us; all else of PEFT's many fields is a default, or refused below. */
    private static final List<String> KNOWN = List.of(
            "r",
            "lora_alpha",
            "lora_dropout",
            "target_modules",
            "layers_to_transform",
            "bias",
            "use_rslora",
            "modules_to_save",
            "rank_pattern",
            "alpha_pattern");

    /** Variants that change the forward pass. */
    private static final List<String> REFUSED =
            List.of("use_dora", "use_qalora", "use_bdlora", "layer_replication", "lora_bias");

    private AdapterConfig() {}

    /**
     * The options.
     *
     * @throws JobException bad_model for a variant that this version does not compute, and for broken values
     */
    static LoraConfig read(JsonNode json, String location) {
        for (String variant : REFUSED) {
            JsonNode value = json.path(variant);
            if (!value.isMissingNode() && !value.isNull() && !(value.isBoolean() && !value.booleanValue())) {
                throw new JobException(
                        ErrorCode.BAD_MODEL,
                        null,
                        "%s: %s is %s, which this version can't compute".formatted(location, variant, value));
            }
        }
        ObjectNode known = JsonNodeFactory.instance.objectNode();
        KNOWN.forEach(name -> known.set(
                name, json.path(name).isMissingNode() ? JsonNodeFactory.instance.nullNode() : json.path(name)));
        Fields fields = new Fields(known);
        LoraConfig config = LoraConfig.read(fields);
        if (!fields.errors().isEmpty()) {
            throw new JobException(
                    ErrorCode.BAD_MODEL,
                    null,
                    "%s: adapter_config.json: %s"
                            .formatted(location, fields.errors().getFirst().message()));
        }
        return config;
    }
}
