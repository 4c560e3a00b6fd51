package io.tenfold.model.encoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import io.tenfold.model.HeadSpec;
import io.tenfold.model.LoadReport;
import io.tenfold.model.ModelHooks;
import io.tenfold.model.Network;
import io.tenfold.model.PrefixOp;
import io.tenfold.model.common.Linear;
import io.tenfold.model.common.Weights;
import io.tenfold.tensor.Ops;
import io.tenfold.tensor.Parameter;
import io.tenfold.tensor.Parameters;
import io.tenfold.tensor.Recording;
import io.tenfold.tensor.TensorException;
import io.tenfold.tensor.TokenRows;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/** An encoder with a head, or with several: for a label or a number per row, a label per token, or for the vocabulary. */
final class EncoderNetwork implements Network {

    private final NDManager manager;
    private final Family family;
    private final EncoderConfig config;
    private final ObjectNode json;
    private final Map<String, HeadSpec> specs;
    private final Embeddings embeddings;
    private final List<EncoderLayer> layers = new ArrayList<>();
    private final Map<String, Head> heads = new LinkedHashMap<>();
    private final Parameters parameters;
    private final LoadReport report;
    private final int prefixTokens;
    private final boolean recomputes;

    EncoderNetwork(
            NDManager manager,
            Family family,
            EncoderConfig config,
            ObjectNode json,
            Map<String, HeadSpec> specs,
            Weights weights,
            ModelHooks hooks) {
        this.manager = manager;
        this.family = family;
        this.config = config;
        this.json = json;
        this.specs = Collections.unmodifiableMap(new LinkedHashMap<>(specs));
        embeddings = new Embeddings(config, family.prefix(), weights, hooks);
        for (int layer = 0; layer < config.layers(); layer++) {
            layers.add(new EncoderLayer(config, family.layer(layer), layer, weights, hooks));
        }
        Map<String, Linear> shared = new HashMap<>();
        specs.forEach((name, spec) -> heads.put(
                name,
                switch (spec.kind()) {
                    case CLASSES, NUMBER -> family.head(config, spec, headPrefix(name), shared, weights, hooks);
                    case TOKENS ->
                        new TokenHead(config, family.tokenDropout(config), spec, headPrefix(name), weights, hooks);
                    case VOCABULARY, VOCABULARY_OR_NEW -> maskedLm(spec, weights, hooks);
                }));
        parameters = weights.parameters();
        report = weights.finish();
        recomputes = hooks.recomputesLayers();
        PrefixOp prefix = hooks.prefix(0);
        prefixTokens = prefix == null ? 0 : prefix.virtualTokens();
    }

    private Head maskedLm(HeadSpec spec, Weights weights, ModelHooks hooks) {
        boolean tied = json.path("tie_word_embeddings").asBoolean(true);
        return new MaskedLmHead(
                family.maskedLm(config),
                config,
                family.prefix() + "embeddings.word_embeddings.weight",
                tied,
                spec.kind() == HeadSpec.Kind.VOCABULARY_OR_NEW,
                weights,
                hooks);
    }

    /** What stands before the names of a head's parameters. */
    private static String headPrefix(String name) {
        return name.isEmpty() ? "" : HEADS + name + ".";
    }

    private Head named(String name) {
        return Objects.requireNonNull(heads.get(name), name);
    }

    /** The masked-LM head, perhaps beside the task's. */
    private Head language() {
        return specs.entrySet().stream()
                .filter(entry -> entry.getValue().vocabulary())
                .map(entry -> named(entry.getKey()))
                .findFirst()
                .orElseGet(this::only);
    }

    private Head only() {
        return named(onlyName());
    }

    private String onlyName() {
        return heads.keySet().iterator().next();
    }

    @Override
    public NDArray logits(String head, TokenRows rows, boolean training) {
        return recorded(training, () -> {
            Pass pass = pass(rows, training);
            return scored(head, pass, layers(pass, embed(pass), 0, layers.size(), readsEveryToken(head)));
        });
    }

    @Override
    public NDArray headLogits(String head, NDArray hidden, boolean training) {
        return recorded(training, () -> named(head).logits(hidden, training));
    }

    @Override
    public NDArray vocabularyLogits(NDArray hidden, boolean training) {
        return recorded(training, () -> language().vocabularyLogits(hidden, training));
    }

    @Override
    public NDArray hidden(TokenRows rows, boolean training) {
        return recorded(training, () -> {
            Pass pass = pass(rows, training);
            return layers(pass, embed(pass), 0, layers.size(), true);
        });
    }

    @Override
    public NDArray hiddenAfter(int count, TokenRows rows, boolean training) {
        return recorded(training, () -> {
            Pass pass = pass(rows, training);
            return layers(pass, embed(pass), 0, count, readsEveryToken(onlyName()));
        });
    }

    @Override
    public NDArray logitsAfter(int count, NDArray hidden, TokenRows rows, boolean training) {
        // A handle of its own, which the first layer may let go, over memory that the caller keeps.
        return recorded(training, () -> {
            Pass pass = pass(rows, training);
            String head = onlyName();
            return scored(head, pass, layers(pass, Ops.detach(hidden), count, layers.size(), readsEveryToken(head)));
        });
    }

    private boolean readsEveryToken(String head) {
        return Objects.requireNonNull(specs.get(head), head).readsEveryToken();
    }

    /** @param hidden [rows, hidden], or [tokens, hidden] where the head reads every token */
    private NDArray scored(String head, Pass pass, NDArray hidden) {
        boolean virtual = readsEveryToken(head) && embeddings.virtualTokens() > 0;
        return named(head).logits(virtual ? Ops.rows(hidden, pass.rows().textPlaces()) : hidden, pass.training());
    }

    private static NDArray recorded(boolean training, Supplier<NDArray> pass) {
        if (training) {
            return pass.get();
        }
        try (Recording _ = Recording.off()) {
            return pass.get();
        }
    }

    /**
     * Rows on their way through the layers.
     *
     * @param text the rows as they came
     * @param rows as the layers see them: with their virtual tokens
     */
    private record Pass(TokenRows text, TokenRows rows, boolean training) {}

    private Pass pass(TokenRows text, boolean training) {
        return new Pass(text, embeddings.layout(text), training);
    }

    /**
     * Some of the layers, one after another.
     *
     * @param x [tokens, hidden], let go when the first of them is done
     * @param to exclusive
     * @param everyToken false: the last layer of all gives each row's first token alone, [rows, hidden]
     */
    private NDArray layers(Pass pass, NDArray x, int from, int to, boolean everyToken) {
        NDArray hidden = x;
        for (int number = from; number < to; number++) {
            EncoderLayer layer = layers.get(number);
            boolean first = !everyToken && number == layers.size() - 1;
            UnaryOperator<NDArray> work = input -> first
                    ? layer.applyToFirst(input, pass.rows(), pass.training())
                    : layer.apply(input, pass.rows(), pass.training());
            hidden = recomputes && pass.training()
                    ? Recording.recomputing(hidden, input -> scoped(pass.text(), input, true, work))
                    : scoped(pass.text(), hidden, false, work);
        }
        return hidden;
    }

    private NDArray embed(Pass pass) {
        TokenRows rows = pass.rows();
        if (rows.maxLength() + prefixTokens > maxPositions()) {
            throw new TensorException("a row takes %d positions, but the model has %d"
                    .formatted(rows.maxLength() + prefixTokens, maxPositions()));
        }
        // Here and not in the tensors: on a GPU an index outside of a table takes the whole process with it.
        within("token id", pass.text().maxId(), config.vocabulary());
        if (config.types() > 0) {
            within("token type", pass.text().maxType(), config.types());
        }
        return embeddings.apply(pass.text(), rows, prefixTokens, pass.training());
    }

    private static void within(String what, int largest, int rows) {
        if (largest >= rows) {
            throw new JobException(
                    ErrorCode.BAD_MODEL,
                    "model",
                    "the tokenizer gave the %s %d, but the model's table has %d rows; take the tokenizer that belongs to the model, or resize the model's embeddings"
                            .formatted(what, largest, rows));
        }
    }

    /**
     * All that a layer makes, and its input unless that is kept, are let go when it is done; what gradients need, the
     * recording keeps.
     */
    private static NDArray scoped(TokenRows text, NDArray x, boolean keep, UnaryOperator<NDArray> layer) {
        try (NDManager scope = text.scope().newSubManager()) {
            x.attach(scope);
            NDArray result = layer.apply(x);
            result.attach(text.scope());
            if (keep) {
                x.attach(text.scope());
            }
            return result;
        }
    }

    @Override
    public Parameters parameters() {
        return parameters;
    }

    @Override
    public List<String> newModules() {
        return modules().stream()
                .map(module -> module.substring(module.lastIndexOf('.') + 1))
                .toList();
    }

    /** The head's modules, without a pooler that came with the checkpoint. */
    private List<String> modules() {
        return heads.values().stream()
                .flatMap(head -> head.modules().stream())
                .distinct()
                .filter(module -> !module.startsWith(family.prefix())
                        || report.drawn().stream().anyMatch(name -> name.startsWith(module + ".")))
                .toList();
    }

    @Override
    public Parameters newParameters() {
        return within(modules());
    }

    @Override
    public Parameters headParameters(String head) {
        return within(named(head).modules());
    }

    private Parameters within(List<String> modules) {
        return parameters.matching(parameter ->
                modules.stream().anyMatch(module -> parameter.name().startsWith(module + ".")));
    }

    @Override
    public String modelType() {
        return family.modelType();
    }

    @Override
    public int layers() {
        return config.layers();
    }

    @Override
    public int hiddenSize() {
        return config.hidden();
    }

    @Override
    public int attentionHeads() {
        return config.heads();
    }

    @Override
    public int maxPositions() {
        return config.positions() - config.firstPosition();
    }

    @Override
    public int virtualTokens() {
        return embeddings.virtualTokens() + prefixTokens;
    }

    @Override
    public Map<String, HeadSpec> heads() {
        return specs;
    }

    @Override
    public LoadReport report() {
        return report;
    }

    @Override
    public ObjectNode savedConfig() {
        ObjectNode saved = json.deepCopy();
        if (isPlain()) {
            HeadSpec spec = Objects.requireNonNull(specs.get(""));
            saved.putArray("architectures").add(family.className() + headName(spec));
            switch (spec.kind()) {
                case CLASSES -> putLabels(spec, saved).put("problem_type", "single_label_classification");
                case NUMBER -> putLabels(spec, saved).put("problem_type", "regression");
                case TOKENS -> putLabels(spec, saved).remove("problem_type");
                case VOCABULARY, VOCABULARY_OR_NEW -> {}
            }
        } else {
            saved.putArray("architectures").add(family.className() + "Model");
            saved.remove(List.of("id2label", "label2id", "problem_type"));
        }
        // Half precisions were widened when they were read; Transformers goes by this key.
        saved.remove("dtype");
        return saved.put("torch_dtype", "float32");
    }

    /** One head that has no name, as in Transformers. */
    private boolean isPlain() {
        return heads.containsKey("");
    }

    private static String headName(HeadSpec spec) {
        return switch (spec.kind()) {
            case CLASSES, NUMBER -> "ForSequenceClassification";
            case TOKENS -> "ForTokenClassification";
            case VOCABULARY, VOCABULARY_OR_NEW -> "ForMaskedLM";
        };
    }

    private static ObjectNode putLabels(HeadSpec spec, ObjectNode saved) {
        ObjectNode names = saved.putObject("id2label");
        ObjectNode numbers = saved.putObject("label2id");
        for (int i = 0; i < spec.labels().size(); i++) {
            names.put(String.valueOf(i), spec.labels().get(i));
            numbers.put(spec.labels().get(i), i);
        }
        return saved;
    }

    @Override
    public Map<String, NDArray> savedTensors() {
        Map<String, NDArray> tensors = new LinkedHashMap<>();
        for (Parameter parameter : parameters) {
            tensors.put(parameter.name(), parameter.value());
        }
        return tensors;
    }

    @Override
    public void closeWithIt(AutoCloseable resource) {
        manager.attachInternal(UUID.randomUUID().toString(), resource);
    }

    @Override
    public void close() {
        manager.close();
    }
}
