package io.tenfold.method.adapter;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
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
import org.jspecify.annotations.Nullable;

/**
 * A model's head as {@code adapters} writes prediction heads. Encoders' are flexible ones. For rows: two linear layers with a
 * non-linearity on the first token, which are modules 1 and 4 of {@code heads.NAME} (0 and 3 are dropout, 2 is the
 * non-linearity). For tokens: one linear layer on each, module 1 after the dropout. Decoders' are the heads of Transformers'
 * own classes: one layer under its own name, which {@code adapters} also takes for a flexible head. A language model has none
 * but the base's.
 *
 * @param modules the model's own names for the layers
 * @param bias whether the layers have one
 * @param type {@code head_type}
 * @param activation what {@code adapters} calls the non-linearity between them
 * @param modelClass {@code adapters}' class for the model; null: Transformers' own class has the head
 */
record HubHead(
        List<String> modules,
        boolean bias,
        String type,
        String activation,
        @Nullable String modelClass) {

    static final String LANGUAGE = "causal_lm";
    private static final String CLASSIFICATION = "classification";
    private static final String TAGGING = "tagging";
    private static final String WORDS = "lm_head";

    private static final Map<String, HubHead> ENCODERS = Map.of(
            "bert", ofRows("bert.pooler.dense", "classifier", "tanh", "BertAdapterModel"),
            "roberta", ofRows("classifier.dense", "classifier.out_proj", "tanh", "RobertaAdapterModel"),
            "distilbert", ofRows("pre_classifier", "classifier", "relu", "DistilBertAdapterModel"));

    private static HubHead ofRows(String dense, String out, String activation, String modelClass) {
        return new HubHead(List.of(dense, out), true, CLASSIFICATION, activation, modelClass);
    }

    private static HubHead ofDecoder(List<String> modules, boolean bias, String type) {
        return new HubHead(modules, bias, type, "tanh", null);
    }

    /** The head of a model type; types that are no encoder's are decoders'. */
    static HubHead of(String modelType, HeadSpec spec) {
        HubHead encoders = ENCODERS.get(modelType);
        return switch (spec.kind()) {
            case CLASSES, NUMBER -> encoders != null ? encoders : ofDecoder(List.of("score"), false, CLASSIFICATION);
            case TOKENS ->
                encoders != null
                        ? new HubHead(List.of("classifier"), true, TAGGING, "tanh", encoders.modelClass)
                        : ofDecoder(List.of(modelType.equals("gpt2") ? "classifier" : "score"), true, TAGGING);
            case VOCABULARY, VOCABULARY_OR_NEW -> ofDecoder(List.of(), false, LANGUAGE);
        };
    }

    /** Whether the files are those of a class of Transformers' with a head of its own. */
    boolean isOwn() {
        return modelClass == null;
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
        if (isOwn()) {
            return parameter;
        }
        String module = parameter.substring(0, parameter.lastIndexOf('.'));
        return layer(modules.indexOf(module)) + parameter.substring(module.length());
    }

    /** Each layer comes after its dropout, and but for the last before a non-linearity. */
    private static String layer(int number) {
        return "heads." + (1 + 3 * number);
    }

    /**
     * Says in a {@code head_config.json} what the head is: in its {@code config}, or beside that where Transformers' own class
     * has the head, which then has no name.
     */
    void describe(ObjectNode file, HeadSpec spec) {
        if (isOwn()) {
            labelled(file.putNull("config").putNull("name"), spec);
            return;
        }
        ObjectNode config = file.putObject("config");
        config.put("head_type", type).put("layers", modules.size()).put("activation_function", activation);
        if (!type.equals(TAGGING)) {
            config.put("use_pooler", false).put("bias", bias);
        }
        labelled(config.putNull("dropout_prob"), spec);
    }

    private static void labelled(ObjectNode config, HeadSpec spec) {
        config.put("num_labels", spec.outputs());
        if (spec.regression()) {
            config.putNull("label2id");
            return;
        }
        ObjectNode numbers = config.putObject("label2id");
        for (int i = 0; i < spec.outputs(); i++) {
            numbers.put(spec.labels().get(i), i);
        }
    }

    /**
     * How a stored head maps onto the model's.
     *
     * @param keys the file's keys by the model's parameters; a parameter that is left out stays the base's
     * @param activation between the layers; null leaves the model's
     */
    record Stored(Map<String, String> keys, @Nullable Activation activation) {

        /** Nothing is stored: a language model's adapter needs no head. */
        static final Stored NOTHING = new Stored(Map.of(), null);
    }

    /**
     * Whether an adapter is a language model's.
     *
     * @param head its {@code head_config.json}; null where it has none, and {@code adapter_config.json} alone tells
     */
    static boolean writes(ObjectNode adapter, @Nullable ObjectNode head) {
        JsonNode config = head == null ? MissingNode.getInstance() : head.path("config");
        if (config.isObject()) {
            return config.path("head_type").asText().equals(LANGUAGE);
        }
        String modelClass = (head == null ? adapter : head).path("model_class").asText();
        return modelClass.endsWith("ForCausalLM") || modelClass.endsWith("LMHeadModel");
    }

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
        if (head.type.equals(LANGUAGE)) {
            return new Stored(Map.of(WORDS + ".weight", words(config, location)), null);
        }
        if (!config.isObject()) {
            return new Stored(head.staticKeys(), activation(head.activation, location));
        }
        check(location, "head_type", config.path("head_type"), head.type);
        boolean pooled = config.path("use_pooler").asBoolean(false);
        int layers = config.path("layers").asInt();
        boolean ofRows = !head.type.equals(TAGGING);
        boolean ofPooled = ofRows && pooled && layers == 1 && modelType.equals("bert");
        if (ofPooled || (!pooled && layers == head.modules.size())) {
            head.checkBias(config, location);
        }
        if (ofPooled) {
            return new Stored(head.keys(head.out(), layer(0)), activation(head.activation, location));
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
            keys.putAll(head.keys(head.modules.get(i), layer(i)));
        }
        String between = layers > 1 ? config.path("activation_function").asText() : head.activation;
        return new Stored(keys, activation(between, location));
    }

    /** The key of a language head's one layer. */
    private static String words(JsonNode config, String location) {
        if (!config.isObject()) {
            return WORDS + ".weight";
        }
        boolean plain = config.path("layers").asInt(1) == 1
                && !config.path("bias").asBoolean()
                && !config.path("layer_norm").asBoolean();
        if (!plain) {
            throw bad(
                    location,
                    "layers is %s, bias %s and layer_norm %s; a language head that can be opened is one layer without a bias"
                            .formatted(config.path("layers"), config.path("bias"), config.path("layer_norm")));
        }
        return "heads.0.weight";
    }

    private void checkBias(JsonNode config, String location) {
        if (config.path("bias").asBoolean(true) != bias) {
            throw bad(location, "bias is %s, but the model's head has %s".formatted(!bias, bias ? "biases" : "none"));
        }
    }

    /** The keys of a model class with a head of its own, such as {@code BertForSequenceClassification}. */
    private Map<String, String> staticKeys() {
        Map<String, String> keys = new LinkedHashMap<>();
        modules.stream()
                .filter(module -> !module.contains(".pooler."))
                .forEach(module -> keys.putAll(keys(module, module)));
        return keys;
    }

    private Map<String, String> keys(String module, String stored) {
        Map<String, String> keys = new LinkedHashMap<>();
        keys.put(module + ".weight", stored + ".weight");
        if (bias) {
            keys.put(module + ".bias", stored + ".bias");
        }
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
