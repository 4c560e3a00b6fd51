package io.tenfold.model.common;

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
import io.tenfold.tensor.Ops;
import io.tenfold.tensor.Parameter;
import io.tenfold.tensor.Parameters;
import io.tenfold.tensor.Recording;
import io.tenfold.tensor.TensorException;
import io.tenfold.tensor.TokenRows;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/** A transformer with a head, or with several: for a label or a number per row, a label per token, or for the vocabulary. */
public class TransformerNetwork implements Network {

    private final NDManager manager;
    private final ModelFamily family;
    private final ModelSizes sizes;
    private final ObjectNode json;
    private final Body body;
    private final Map<String, HeadSpec> specs;
    private final Map<String, Head> heads;
    private final Parameters parameters;
    private final LoadReport report;
    private final Set<String> transposed;
    private final int prefixTokens;
    private final boolean recomputes;
    private final boolean beganPlain;

    /**
     * Puts a network together whose parts have taken their weights.
     *
     * @param manager what {@link #close} closes
     * @param json the model's {@code config.json}
     * @param specs by name, as in {@link Network#heads}
     * @param heads by the same names, in the same order
     */
    public TransformerNetwork(
            NDManager manager,
            Blueprint blueprint,
            ObjectNode json,
            Body body,
            Map<String, HeadSpec> specs,
            Map<String, Head> heads,
            Weights weights,
            ModelHooks hooks) {
        this.manager = manager;
        this.json = json;
        this.body = body;
        this.heads = heads;
        family = blueprint.family();
        sizes = blueprint.sizes();
        this.specs = Collections.unmodifiableMap(new LinkedHashMap<>(specs));
        parameters = weights.parameters();
        report = weights.finish();
        transposed = weights.transposed();
        recomputes = hooks.recomputesLayers();
        beganPlain = hooks.beginsPlain();
        PrefixOp prefix = hooks.prefix(0);
        prefixTokens = prefix == null ? 0 : prefix.virtualTokens();
    }

    /** What stands before the names of a head's parameters. */
    public static String headPrefix(String name) {
        return name.isEmpty() ? "" : HEADS + name + ".";
    }

    private Head named(String name) {
        return Objects.requireNonNull(heads.get(name), name);
    }

    /** The language head, perhaps beside the task's. */
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
            return scored(head, pass, layers(pass, embed(pass), 0, body.layers().size(), readsEveryToken(head)));
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
    public Parameter vocabularyWeight() {
        return language().vocabularyWeight();
    }

    @Override
    public NDArray read(TokenRows rows) {
        return body.read().places(body.input().layout(rows));
    }

    @Override
    public NDArray hidden(TokenRows rows, boolean training) {
        return recorded(training, () -> {
            Pass pass = pass(rows, training);
            return layers(pass, embed(pass), 0, body.layers().size(), true);
        });
    }

    @Override
    public NDArray wordStates(TokenRows rows, NDArray places, boolean training) {
        return recorded(training, () -> {
            Pass pass = pass(rows, training);
            return atPlaces(pass, layers(pass, embed(pass), 0, body.layers().size(), true), places);
        });
    }

    private static NDArray atPlaces(Pass pass, NDArray hidden, NDArray places) {
        TokenRows rows = pass.rows();
        return Ops.rows(hidden, rows == pass.text() ? places : Ops.rows(rows.textPlaces(), places));
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
        return recorded(training, () -> {
            Pass pass = pass(rows, training);
            String head = onlyName();
            return scored(head, pass, layersAfter(count, pass, hidden, readsEveryToken(head)));
        });
    }

    @Override
    public NDArray wordStatesAfter(int count, NDArray hidden, TokenRows rows, NDArray places, boolean training) {
        return recorded(training, () -> {
            Pass pass = pass(rows, training);
            return atPlaces(pass, layersAfter(count, pass, hidden, true), places);
        });
    }

    private NDArray layersAfter(int count, Pass pass, NDArray hidden, boolean everyToken) {
        // A handle of its own, which the first layer may let go, over memory that the caller keeps.
        return layers(pass, Ops.detach(hidden), count, body.layers().size(), everyToken);
    }

    private boolean readsEveryToken(String head) {
        return Objects.requireNonNull(specs.get(head), head).readsEveryToken();
    }

    /** @param hidden [rows, hidden], or [tokens, hidden] where the head reads every token */
    private NDArray scored(String head, Pass pass, NDArray hidden) {
        boolean virtual = readsEveryToken(head) && body.input().virtualTokens() > 0;
        return named(head).logits(virtual ? Ops.rows(hidden, pass.rows().textPlaces()) : hidden, pass.training());
    }

    protected static NDArray recorded(boolean training, Supplier<NDArray> pass) {
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
        return new Pass(text, body.input().layout(text), training);
    }

    /**
     * Some of the layers, one after another.
     *
     * @param x [tokens, hidden], let go when the first of them is done
     * @param to exclusive
     * @param everyToken false: the last layer of all gives the token of each row that heads read alone, [rows, hidden]
     */
    private NDArray layers(Pass pass, NDArray x, int from, int to, boolean everyToken) {
        NDArray hidden = x;
        for (int number = from; number < to; number++) {
            Layer layer = body.layers().get(number);
            boolean readAlone = !everyToken && number == body.layers().size() - 1;
            UnaryOperator<NDArray> work = input -> readAlone
                    ? layer.applyToRead(input, pass.rows(), pass.training())
                    : layer.apply(input, pass.rows(), pass.training());
            hidden = recomputes && pass.training()
                    ? Recording.recomputing(hidden, input -> scoped(pass.text(), input, true, work))
                    : scoped(pass.text(), hidden, false, work);
        }
        return from < to && to == body.layers().size() ? body.end().apply(hidden) : hidden;
    }

    /** The first hidden states of rows, once their ids and lengths were looked at, [tokens, hidden]. */
    protected NDArray embedded(TokenRows text) {
        return embed(pass(text, false));
    }

    private NDArray embed(Pass pass) {
        TokenRows rows = pass.rows();
        if (rows.maxLength() + prefixTokens > maxPositions()) {
            throw new TensorException("a row takes %d positions, but the model has %d"
                    .formatted(rows.maxLength() + prefixTokens, maxPositions()));
        }
        // Here and not in the tensors: on a GPU an index outside of a table takes the whole process with it.
        within("token id", pass.text().maxId(), sizes.vocabulary());
        if (sizes.types() > 0) {
            within("token type", pass.text().maxType(), sizes.types());
        }
        return body.input().apply(pass.text(), rows, prefixTokens, pass.training());
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

    /** The manager that the weights belong to. */
    protected NDManager manager() {
        return manager;
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
        return sizes.layers();
    }

    @Override
    public int hiddenSize() {
        return sizes.width();
    }

    @Override
    public int attentionHeads() {
        return sizes.heads();
    }

    @Override
    public int keyValueHeads() {
        return sizes.keyValueHeads();
    }

    @Override
    public int keyValueWidth() {
        return sizes.keyValueWidth();
    }

    @Override
    public int maxPositions() {
        return sizes.maxPositions();
    }

    @Override
    public Parameter wordEmbeddings() {
        return body.input().words();
    }

    @Override
    public boolean beganPlain() {
        return beganPlain;
    }

    @Override
    public int virtualTokens() {
        return body.input().virtualTokens() + prefixTokens;
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
        return SavedConfig.of(json, family, specs.get(""));
    }

    @Override
    public Map<String, NDArray> savedTensors() {
        Map<String, NDArray> tensors = new LinkedHashMap<>();
        for (Parameter parameter : parameters) {
            tensors.put(parameter.name(), asSaved(parameter.name(), parameter.value()));
        }
        return tensors;
    }

    @Override
    public NDArray asSaved(String name, NDArray numbers) {
        return transposed.contains(name) ? numbers.transpose() : numbers;
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
