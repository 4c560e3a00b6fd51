package io.tenfold.method.adapter;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import io.tenfold.model.HeadSpec;
import io.tenfold.tensor.Activation;
import io.tenfold.train.ModuleNames;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A model's head as {@code adapters} writes prediction heads. For rows: two linear layers with a non-linearity on the first
 * token, which are modules 1 and 4 of {@code heads.NAME} (0 and 3 are dropout, 2 is the non-linearity). For tokens: one
 * linear layer on each, module 1 after the dropout.
 *
 * @param modules the model's own names for the layers
 * @param type {@code head_type}
 * @param activation what {@code adapters} calls the non-linearity between them
 * @param modelClass {@code adapters}' class for the model
 */
record HubHead(List<String> modules, String type, String activation, String modelClass) {

    private static final String TAGGING = "tagging";

    private static final Map<String, HubHead> BY_TYPE = Map.of(
            "bert", ofRows("bert.pooler.dense", "classifier", "tanh", "BertAdapterModel"),
            "roberta", ofRows("classifier.dense", "classifier.out_proj", "tanh", "RobertaAdapterModel"),
            "distilbert", ofRows("pre_classifier", "classifier", "relu", "DistilBertAdapterModel"));

    private static HubHead ofRows(String dense, String out, String activation, String modelClass) {
        return new HubHead(List.of(dense, out), "classification", activation, modelClass);
    }

    /**
     * The head of a model type.
     *
     * @throws JobException bad_request for one that has none here
     */
    static HubHead of(String modelType, HeadSpec spec) {
        HubHead head = BY_TYPE.get(modelType);
        if (head == null) {
            throw new JobException(
                    ErrorCode.BAD_REQUEST,
                    "method.kind",
                    "a model of type %s has no head that adapter-hub's files could hold; choose kind ia3, or method lora"
                            .formatted(modelType));
        }
        return switch (spec.kind()) {
            case CLASSES, NUMBER -> head;
            case TOKENS -> new HubHead(List.of("classifier"), TAGGING, "tanh", head.modelClass);
            case VOCABULARY, VOCABULARY_OR_NEW ->
                throw new IllegalArgumentException("a language head is no prediction head");
        };
    }

    private String out() {
        return modules.getLast();
    }

    /** Whether the parameter is one of the head's. */
    boolean has(String parameter) {
        return ModuleNames.isWithin(parameter, modules);
    }

    /** The key of a parameter in a file of a head with these layers. */
    String key(String parameter) {
        String module = parameter.substring(0, parameter.lastIndexOf('.'));
        return layer(modules.indexOf(module)) + parameter.substring(module.length());
    }

    /** Each layer comes after its dropout, and but for the last before a non-linearity. */
    private static String layer(int number) {
        return "heads." + (1 + 3 * number);
    }

    /** What {@code head_config.json} says of the head in its {@code config}. */
    ObjectNode config(HeadSpec spec) {
        ObjectNode config = JsonNodeFactory.instance.objectNode();
        config.put("head_type", type).put("layers", modules.size()).put("activation_function", activation);
        config.put("num_labels", spec.outputs());
        if (!type.equals(TAGGING)) {
            config.put("use_pooler", false).put("bias", true);
        }
        config.putNull("dropout_prob");
        if (spec.regression()) {
            return config.putNull("label2id");
        }
        ObjectNode numbers = config.putObject("label2id");
        for (int i = 0; i < spec.outputs(); i++) {
            numbers.put(spec.labels().get(i), i);
        }
        return config;
    }

    /**
     * How a stored head maps onto the model's.
     *
     * @param keys the file's keys by the model's parameters; a parameter that is left out stays the base's
     * @param activation between the layers
     */
    record Stored(Map<String, String> keys, Activation activation) {}

    /**
     * The labels that a {@code head_config.json} names; one output is a regression's, as {@code adapters} has it.
     *
     * @throws JobException bad_model when it does not say how many there are
     */
    static HeadSpec spec(ObjectNode json, String location) {
        JsonNode config = json.path("config");
        boolean tagging = config.isObject()
                ? config.path("head_type").asText().equals(TAGGING)
                : json.path("model_class").asText().endsWith("ForTokenClassification");
        return labels(config.isObject() ? config : json, tagging, location);
    }

    /**
     * Reads a {@code head_config.json}, whoever wrote it.
     *
     * @throws JobException bad_model for a head that this model's can't be
     */
    static Stored read(ObjectNode json, String modelType, HeadSpec spec, String location) {
        HubHead head = of(modelType, spec);
        JsonNode config = json.path("config");
        if (!config.isObject()) {
            return new Stored(head.staticKeys(), activation(head.activation, location));
        }
        check(location, "head_type", config.path("head_type"), head.type);
        if (!config.path("bias").asBoolean(true)) {
            throw bad(location, "bias is false, but the model's head has biases");
        }
        boolean pooled = config.path("use_pooler").asBoolean(false);
        int layers = config.path("layers").asInt();
        boolean ofRows = !head.type.equals(TAGGING);
        if (ofRows && pooled && layers == 1 && modelType.equals("bert")) {
            return new Stored(keys(head.out(), layer(0)), activation(head.activation, location));
        }
        if (pooled || layers != head.modules.size()) {
            throw bad(
                    location,
                    "layers is %d and use_pooler %s; a %s here has a head of %d layers without the pooler%s"
                            .formatted(
                                    layers,
                                    pooled,
                                    modelType,
                                    head.modules.size(),
                                    ofRows && modelType.equals("bert") ? ", or of one with it" : ""));
        }
        Map<String, String> keys = new LinkedHashMap<>();
        for (int i = 0; i < layers; i++) {
            keys.putAll(keys(head.modules.get(i), layer(i)));
        }
        return new Stored(keys, activation(config.path("activation_function").asText(), location));
    }

    /** The keys of a model class with a head of its own, such as {@code BertForSequenceClassification}. */
    private Map<String, String> staticKeys() {
        Map<String, String> keys = new LinkedHashMap<>();
        modules.stream()
                .filter(module -> !module.contains(".pooler."))
                .forEach(module -> keys.putAll(keys(module, module)));
        return keys;
    }

    private static Map<String, String> keys(String module, String stored) {
        Map<String, String> keys = new LinkedHashMap<>();
        keys.put(module + ".weight", stored + ".weight");
        keys.put(module + ".bias", stored + ".bias");
        return keys;
    }

    private static Activation activation(String name, String location) {
        Activation known = Activation.named(name);
        if (known == null) {
            throw bad(
                    location,
                    "activation_function is %s; known are %s".formatted(name, String.join(", ", Activation.names())));
        }
        return known;
    }

    private static HeadSpec labels(JsonNode config, boolean tagging, String location) {
        Map<Integer, String> labels = new TreeMap<>();
        config.path("label2id")
                .properties()
                .forEach(label -> labels.put(label.getValue().asInt(), label.getKey()));
        int outputs = config.path("num_labels").asInt(labels.size());
        if (outputs < 1) {
            throw bad(location, "it has neither num_labels nor label2id");
        }
        if (tagging) {
            return HeadSpec.tokens(labels.size() == outputs ? List.copyOf(labels.values()) : HeadSpec.unnamed(outputs));
        }
        if (outputs == 1) {
            return HeadSpec.number();
        }
        return labels.size() == outputs
                ? HeadSpec.classification(List.copyOf(labels.values()))
                : HeadSpec.classification(outputs);
    }

    private static void check(String location, String name, JsonNode value, String wanted) {
        if (!value.asText().equals(wanted)) {
            throw bad(location, "%s is %s; only %s can be opened".formatted(name, value.asText(), wanted));
        }
    }

    private static JobException bad(String location, String message) {
        return new JobException(ErrorCode.BAD_MODEL, null, "%s: head_config.json: %s".formatted(location, message));
    }
}
