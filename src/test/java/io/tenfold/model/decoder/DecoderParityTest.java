package io.tenfold.model.decoder;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tenfold.model.Generation;
import io.tenfold.model.HeadSpec;
import io.tenfold.model.LoadOptions;
import io.tenfold.model.ModelHooks;
import io.tenfold.model.Network;
import io.tenfold.model.family.Models;
import io.tenfold.tensor.AdamW;
import io.tenfold.tensor.Backend;
import io.tenfold.tensor.Gradients;
import io.tenfold.tensor.Ops;
import io.tenfold.tensor.Parameter;
import io.tenfold.tensor.Recording;
import io.tenfold.tensor.TokenRows;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Our decoders give what Transformers gives: logits of every head, losses, gradients, greedy text. */
class DecoderParityTest {

    private static final float TOLERANCE = 1e-4f;
    private static final double CURVE_TOLERANCE = 1e-3;

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"gpt2", "llama", "mistral", "qwen2", "qwen3"})
    void theWordsLogitsAreTheReferences(String model) throws IOException {
        try (Backend backend = Backend.open("cpu", 1);
                Network network = GoldenDecoders.language(backend, model);
                NDManager scope = backend.scope()) {
            TokenRows rows = TokenRows.of(scope, GoldenDecoders.rows("rows"), null);
            assertEquals(List.of(), network.report().drawn());
            assertArrayEquals(
                    GoldenDecoders.expected(scope, model + "/expected.safetensors", "logits"),
                    GoldenDecoders.logits(network, rows).toFloatArray(),
                    TOLERANCE);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"gpt2", "llama", "mistral", "qwen2", "qwen3"})
    void theLogitsOfRowsAndOfTokensAreTheReferences(String model) throws IOException {
        HeadSpec ofTokens = HeadSpec.tokens(HeadSpec.unnamed(3));
        Path files = GoldenDecoders.FOLDER.resolve(model);
        LoadOptions options = new LoadOptions(1, 0.0);
        try (Backend backend = Backend.open("cpu", 1);
                Network classes = Models.load(files, HeadSpec.classification(3), ModelHooks.NONE, backend, options);
                Network tokens = Models.load(files, ofTokens, ModelHooks.NONE, backend, options);
                NDManager scope = backend.scope()) {
            TokenRows rows = TokenRows.of(scope, GoldenDecoders.rows("rows"), null);
            assertEquals(List.of(), classes.report().drawn());
            assertEquals(List.of(), tokens.report().drawn());
            String expected = model + "/expected.safetensors";
            float[] score = GoldenDecoders.expected(scope, expected, "score");
            assertArrayEquals(score, classes.logits(rows, false).toFloatArray(), TOLERANCE);
            NDArray read = Ops.rows(classes.hidden(rows, false), classes.read(rows));
            assertArrayEquals(score, classes.headLogits("", read, false).toFloatArray(), TOLERANCE);
            assertArrayEquals(
                    GoldenDecoders.expected(scope, expected, "tokens"),
                    GoldenDecoders.inOrder(tokens.logits(rows, false), rows).toFloatArray(),
                    TOLERANCE);
        }
    }

    @ParameterizedTest
    @CsvSource({"linear, false", "dynamic, false", "llama3, false", "yarn, false", "yarn, true", "llama3, true"})
    void stretchedPositionsGiveTheReferencesLogitsAndText(String scaling, boolean newer) throws IOException {
        JsonNode golden = GoldenDecoders.json("llama-%s.json".formatted(scaling));
        Path files = GoldenDecoders.changed("llama", folder, config -> scale(config, golden, newer));
        try (Backend backend = Backend.open("cpu", 1);
                Network network = GoldenDecoders.language(backend, files, ModelHooks.NONE);
                NDManager scope = backend.scope()) {
            TokenRows rows = TokenRows.of(scope, GoldenDecoders.rows("rows"), null);
            assertArrayEquals(
                    GoldenDecoders.expected(scope, "llama-%s.safetensors".formatted(scaling), "logits"),
                    GoldenDecoders.logits(network, rows).toFloatArray(),
                    TOLERANCE);
            assertWritten(golden.path("generated"), network, scope);
        }
    }

    private static void scale(ObjectNode config, JsonNode golden, boolean newer) {
        config.set("max_position_embeddings", golden.path("max_position_embeddings"));
        ObjectNode scaling = golden.path("rope_scaling").deepCopy();
        if (newer) {
            config.remove(List.of("rope_theta", "rope_scaling"));
            scaling.set("rope_theta", golden.path("rope_theta"));
            config.set("rope_parameters", scaling);
        } else {
            config.set("rope_theta", golden.path("rope_theta"));
            config.set("rope_scaling", scaling);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"gpt2", "llama", "mistral", "qwen2", "qwen3"})
    void greedyTextIsTheReferences(String model) throws IOException {
        try (Backend backend = Backend.open("cpu", 1);
                Network network = GoldenDecoders.language(backend, model);
                NDManager scope = backend.scope()) {
            assertWritten(GoldenDecoders.json(model + "/generated.json"), network, scope);
        }
    }

    /** All prompts at once, and one of them alone. */
    private static void assertWritten(JsonNode expected, Network network, NDManager scope) throws IOException {
        int[][] prompts = GoldenDecoders.rows("prompts");
        int[][] written = GoldenDecoders.lists(expected);
        int[][] together = greedy(network, scope, prompts, written[0].length);
        for (int row = 0; row < prompts.length; row++) {
            assertArrayEquals(written[row], together[row], "row " + row);
        }
        int[][] alone = greedy(network, scope, new int[][] {prompts[1]}, written[1].length);
        assertArrayEquals(written[1], alone[0]);
    }

    private static int[][] greedy(Network network, NDManager scope, int[][] prompts, int count) {
        int[][] written = new int[prompts.length][count];
        int longest =
                Arrays.stream(prompts).mapToInt(prompt -> prompt.length).max().orElse(0);
        try (Generation generation = network.start(TokenRows.of(scope, prompts, null), longest + count)) {
            NDArray logits = generation.logits();
            for (int i = 0; i < count; i++) {
                long[] best = logits.argMax(1).toLongArray();
                int[] tokens = new int[best.length];
                for (int row = 0; row < best.length; row++) {
                    tokens[row] = (int) best[row];
                    written[row][i] = tokens[row];
                }
                if (i < count - 1) {
                    logits = generation.step(tokens);
                }
            }
        }
        return written;
    }

    @ParameterizedTest
    @ValueSource(strings = {"gpt2", "llama"})
    void twentyStepsLossesAndGradientsAreTheReferences(String model) throws IOException {
        JsonNode golden = GoldenDecoders.json(model + "/curve.json");
        int[][] batches = GoldenDecoders.lists(golden.path("batches"));
        int each = golden.path("rows").intValue();
        try (Backend backend = Backend.open("cpu", 1);
                Network network = GoldenDecoders.language(backend, model)) {
            List<Parameter> trained = network.parameters().trainable(true).list();
            AdamW optimizer = new AdamW(
                    backend.manager(),
                    List.of(new AdamW.Group(
                            trained, 1, golden.path("weight_decay").doubleValue())),
                    AdamW.Options.DEFAULT);
            for (int step = 0; step < golden.path("steps").intValue(); step++) {
                int[][] ids = Arrays.copyOfRange(batches, step * each, (step + 1) * each);
                double loss = step(backend, network, ids);
                assertClose(golden.path("losses").path(step), loss, "loss of step " + step);
                assertClose(golden.path("grad_norms").path(step), Gradients.norm(trained), "norm of step " + step);
                optimizer.step(golden.path("learning_rate").doubleValue(), 1);
                Gradients.drop(trained);
            }
        }
    }

    /** The mean cross-entropy of each token from those before it, and its gradients. */
    private static double step(Backend backend, Network network, int[][] ids) {
        try (NDManager scope = backend.scope();
                Recording recording = Recording.on()) {
            TokenRows rows = TokenRows.of(scope, ids, null);
            NDArray labels =
                    rows.flat(Arrays.stream(ids).map(DecoderParityTest::next).toArray(int[][]::new));
            NDArray loss = Ops.vocabularyLoss(network.hidden(rows, true), network.vocabularyWeight(), labels, null, 16)
                    .div(rows.tokens() - rows.rows());
            recording.backward(loss);
            return loss.getFloat();
        }
    }

    private static int[] next(int[] row) {
        int[] labels = new int[row.length];
        System.arraycopy(row, 1, labels, 0, row.length - 1);
        labels[row.length - 1] = -100;
        return labels;
    }

    private static void assertClose(JsonNode expected, double actual, String what) {
        double wanted = expected.doubleValue();
        assertTrue(wanted > 0, what);
        assertEquals(wanted, actual, CURVE_TOLERANCE * wanted, what);
    }
}
