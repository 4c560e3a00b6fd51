package io.tenfold.method.adapter;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import io.tenfold.tensor.Activation;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** {@code config} in adapter-hub's {@code adapter_config.json}: the fields of {@code adapters}' {@code BnConfig}. */
final class HubConfig {

    /** What changes the forward pass in ways that are not computed here, but for its plain value. */
    private static final List<String> REFUSED =
            List.of("ln_before", "ln_after", "use_gating", "phm_layer", "inv_adapter");

    private HubConfig() {}

    /** All fields, as {@code adapters} 1.3 writes them. */
    static ObjectNode write(BottleneckConfig config) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("mh_adapter", config.places().attention());
        json.put("output_adapter", config.places().feedForward());
        json.put("reduction_factor", config.reduction().usual());
        json.put("non_linearity", config.nonLinearity());
        json.put("original_ln_before", config.normBefore());
        json.put("original_ln_after", config.normAfter());
        json.put("ln_before", false).put("ln_after", false);
        json.put("init_weights", config.parallel() ? "mam_adapter" : "bert").putNull("init_weights_seed");
        json.put("is_parallel", config.parallel());
        // A number without a point is no float to Python, and then no scaling to adapters.
        json.put("scaling", config.scaling());
        json.put("use_gating", false);
        json.put("residual_before_ln", true).put("adapter_residual_before_ln", false);
        json.putNull("inv_adapter").putNull("inv_adapter_reduction_factor");
        json.put("cross_adapter", false).put("dropout", 0.0);
        json.putArray("leave_out");
        json.put("phm_layer", false).put("phm_dim", 4).put("phm_rank", 1).put("phm_bias", true);
        json.put("phm_c_init", "normal").put("phm_init_range", 0.0001).put("learn_phm", true);
        json.put("factorized_phm_W", true).put("shared_W_phm", false);
        json.put("shared_phm_rule", true).put("factorized_phm_rule", false);
        return json.put("hypercomplex_nonlinearity", "glorot-uniform").put("stochastic_depth", 0.0);
    }

    /**
     * Reads the whole file, whoever wrote it.
     *
     * @throws JobException bad_model for a variant that is not computed here, by name
     */
    static BottleneckConfig read(ObjectNode file, String location) {
        JsonNode json = file.path("config");
        if (json.hasNonNull("architecture")) {
            throw bad(
                    location,
                    "architecture is %s; of adapter-hub's kinds only bottleneck adapters can be opened"
                            .formatted(json.path("architecture").asText()));
        }
        for (String variant : REFUSED) {
            JsonNode value = json.path(variant);
            if (!value.isMissingNode() && !value.isNull() && !(value.isBoolean() && !value.booleanValue())) {
                throw bad(location, "%s is %s, which this version can't compute".formatted(variant, value));
            }
        }
        if (json.path("scaling").isTextual()) {
            throw bad(
                    location,
                    "scaling is %s, which this version can't compute"
                            .formatted(json.path("scaling").asText()));
        }
        boolean normBefore = json.path("original_ln_before").asBoolean(false);
        return new BottleneckConfig(
                new BottleneckConfig.Places(
                        json.path("mh_adapter").asBoolean(),
                        json.path("output_adapter").asBoolean(),
                        layers(json.path("leave_out"))),
                json.path("is_parallel").asBoolean(false),
                normBefore,
                json.path("original_ln_after").asBoolean(true),
                around(json.path("residual_before_ln"), normBefore, location),
                reduction(json.path("reduction_factor"), location),
                nonLinearity(file, location),
                json.path("scaling").asDouble(1));
    }

    private static List<Integer> layers(JsonNode list) {
        List<Integer> layers = new ArrayList<>();
        list.forEach(layer -> layers.add(layer.asInt()));
        return layers;
    }

    private static BottleneckConfig.Around around(JsonNode value, boolean normBefore, String location) {
        if (value.asText().equals("post_add")) {
            if (!normBefore) {
                throw bad(location, "residual_before_ln is post_add, which needs original_ln_before");
            }
            return BottleneckConfig.Around.SUM;
        }
        return value.asBoolean(true) ? BottleneckConfig.Around.OUTPUT : BottleneckConfig.Around.INPUT;
    }

    private static BottleneckConfig.Reduction reduction(JsonNode value, String location) {
        Map<Integer, Double> byLayer = new HashMap<>();
        if (value.isObject()) {
            value.properties().forEach(entry -> {
                if (entry.getKey().matches("\\d{1,4}")) {
                    byLayer.put(Integer.valueOf(entry.getKey()), positive(entry.getValue(), location));
                }
            });
        }
        JsonNode usual = value.isObject() ? value.path("default") : value;
        boolean allByLayer = usual.isMissingNode() && !byLayer.isEmpty();
        return new BottleneckConfig.Reduction(allByLayer ? 1 : positive(usual, location), byLayer);
    }

    private static double positive(JsonNode factor, String location) {
        if (!factor.isNumber() || !(factor.doubleValue() >= BottleneckConfig.LEAST_REDUCTION)) {
            throw bad(
                    location,
                    "reduction_factor is %s; it must be at least %s"
                            .formatted(factor, BottleneckConfig.LEAST_REDUCTION));
        }
        return factor.doubleValue();
    }

    private static String nonLinearity(ObjectNode file, String location) {
        String name = file.path("config").path("non_linearity").asText().toLowerCase(java.util.Locale.ROOT);
        if (!file.has("version")) {
            // Before files had a version, gelu was the tanh approximation.
            name = name.equals("gelu") ? "gelu_new" : name.equals("gelu_orig") ? "gelu" : name;
        }
        if (Activation.named(name) == null) {
            throw bad(
                    location,
                    "non_linearity is %s; known are %s".formatted(name, String.join(", ", Activation.names())));
        }
        return name;
    }

    private static JobException bad(String location, String message) {
        return new JobException(ErrorCode.BAD_MODEL, null, "%s: adapter_config.json: %s".formatted(location, message));
    }
}
