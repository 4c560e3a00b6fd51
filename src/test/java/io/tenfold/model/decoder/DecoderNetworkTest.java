package io.tenfold.model.decoder;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.tenfold.checkpoint.SafetensorsReader;
import io.tenfold.checkpoint.SafetensorsWriter;
import io.tenfold.model.BaseModel;
import io.tenfold.model.EmbeddingsOp;
import io.tenfold.model.Generation;
import io.tenfold.model.HeadSpec;
import io.tenfold.model.LinearOp;
import io.tenfold.model.LinearSite;
import io.tenfold.model.LoadOptions;
import io.tenfold.model.ModelHooks;
import io.tenfold.model.Network;
import io.tenfold.model.PrefixOp;
import io.tenfold.model.SublayerOp;
import io.tenfold.model.SublayerSite;
import io.tenfold.model.family.Models;
import io.tenfold.tensor.Backend;
import io.tenfold.tensor.Ops;
import io.tenfold.tensor.Parameter;
import io.tenfold.tensor.Recording;
import io.tenfold.tensor.TensorException;
import io.tenfold.tensor.TokenRows;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What decoders do beside what Transformers shows: packing, writing on, hooks, saving. */
class DecoderNetworkTest {

    private static final float TOLERANCE = 1e-4f;
    private static final int VIRTUAL = 3;

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"gpt2", "llama", "mistral", "qwen2", "qwen3"})
    void rowsThatShareABatchHaveTheLossesThatTheyHaveAlone(String model) throws IOException {
        int[][] ids = GoldenDecoders.rows("rows");
        try (Backend backend = Backend.open("cpu", 1);
                Network network = GoldenDecoders.language(backend, model);
                NDManager scope = backend.scope()) {
            float[] together = losses(network, TokenRows.of(scope, ids, null), ids);
            int token = 0;
            for (int[] row : ids) {
                float[] alone = losses(network, TokenRows.of(scope, new int[][] {row}, null), new int[][] {row});
                float[] own = Arrays.copyOfRange(together, token, token + row.length);
                assertArrayEquals(alone, own, 1e-5f * row.length);
                token += row.length;
            }
        }
    }

    /** The loss of each token's next one, a row's after another's. */
    private static float[] losses(Network network, TokenRows rows, int[][] ids) {
        NDArray hidden = GoldenDecoders.inOrder(network.hidden(rows, false), rows);
        long[] labels = new long[rows.tokens()];
        int token = 0;
        for (int[] row : ids) {
            for (int i = 0; i < row.length; i++) {
                labels[token++] = i + 1 < row.length ? row[i + 1] : -100;
            }
        }
        return Ops.vocabularyScores(
                        hidden, network.vocabularyWeight(), rows.scope().create(labels), 16)
                .losses()
                .toFloatArray();
    }

    /** Hooks of every kind with numbers of their own. */
    private static final class AllHooks implements ModelHooks {

        private final NDManager manager;
        private final int keyWidth;
        private final int hidden;
        private final List<String> linears = new ArrayList<>();
        private final List<String> sublayers = new ArrayList<>();

        AllHooks(NDManager manager, int hidden, int keyWidth) {
            this.manager = manager;
            this.hidden = hidden;
            this.keyWidth = keyWidth;
        }

        @Override
        public LinearOp linear(LinearSite site, LinearOp plain) {
            linears.add(site.name());
            return (x, training) -> plain.apply(x, training).mul(1.01f);
        }

        @Override
        public SublayerOp sublayer(SublayerSite site) {
            sublayers.add(site.name());
            return (output, residual, norm, training) -> norm.apply(Ops.addScaled(residual, output, 0.9));
        }

        @Override
        public EmbeddingsOp embeddings() {
            NDArray table = manager.arange(VIRTUAL * hidden)
                    .toType(DataType.FLOAT32, false)
                    .sin()
                    .reshape(VIRTUAL, hidden);
            return new EmbeddingsOp() {
                @Override
                public int virtualTokens() {
                    return VIRTUAL;
                }

                @Override
                public NDArray embeddings(TokenRows rows, boolean training) {
                    return table;
                }
            };
        }

        @Override
        public PrefixOp prefix(int layer) {
            NDArray table = manager.arange(2 * keyWidth)
                    .toType(DataType.FLOAT32, false)
                    .add(layer)
                    .cos()
                    .reshape(2, keyWidth);
            return new PrefixOp() {
                @Override
                public int virtualTokens() {
                    return 2;
                }

                @Override
                public NDArray keys(TokenRows rows, boolean training) {
                    return table;
                }

                @Override
                public NDArray values(TokenRows rows, boolean training) {
                    return table;
                }
            };
        }
    }

    @ParameterizedTest
    @CsvSource({"gpt2, 32", "llama, 16", "mistral, 24", "qwen2, 16", "qwen3, 32"})
    void writingOnWithWhatIsKeptGivesTheLogitsOfTheWholeRowsAgain(String model, int keyWidth) throws IOException {
        int[][] prompts = GoldenDecoders.rows("prompts");
        int[] next = {5, 9, 31, 7, 2, 2, 40, 12, 3, 8, 20, 33};
        try (Backend backend = Backend.open("cpu", 1);
                NDManager scope = backend.scope()) {
            AllHooks hooks = new AllHooks(scope, 32, keyWidth);
            try (Network network = GoldenDecoders.language(backend, GoldenDecoders.FOLDER.resolve(model), hooks);
                    Generation generation = network.start(TokenRows.of(scope, prompts, null), 30)) {
                assertEquals(keyWidth, network.keyValueWidth());
                assertEquals(VIRTUAL + 2, network.virtualTokens());
                assertLogits(network, prompts, scope, generation.logits());
                int[][] rows = prompts;
                for (int step = 0; step < next.length; step++) {
                    if (step == 5) {
                        rows = new int[][] {rows[2], rows[0]};
                        generation.keep(new int[] {2, 0});
                        assertLogits(network, rows, scope, generation.logits());
                    }
                    int[] tokens = new int[rows.length];
                    Arrays.fill(tokens, next[step]);
                    tokens[0] = next[step] + 1;
                    rows = grown(rows, tokens);
                    assertLogits(network, rows, scope, generation.step(tokens));
                    assertArrayEquals(
                            Arrays.stream(rows).mapToInt(row -> row.length).toArray(), generation.lengths());
                }
            }
        }
    }

    private static int[][] grown(int[][] rows, int[] tokens) {
        int[][] longer = new int[rows.length][];
        for (int row = 0; row < rows.length; row++) {
            longer[row] = Arrays.copyOf(rows[row], rows[row].length + 1);
            longer[row][rows[row].length] = tokens[row];
        }
        return longer;
    }

    private static void assertLogits(Network network, int[][] rows, NDManager scope, NDArray logits) {
        TokenRows whole = TokenRows.of(scope, rows, null);
        NDArray last = Ops.rows(network.hidden(whole, false), network.read(whole));
        assertArrayEquals(network.vocabularyLogits(last, false).toFloatArray(), logits.toFloatArray(), TOLERANCE);
    }

    @Test
    void roomAndPositionsThatEndAreRefused() throws IOException {
        int[][] prompts = GoldenDecoders.rows("prompts");
        try (Backend backend = Backend.open("cpu", 1);
                Network network = GoldenDecoders.language(backend, "llama");
                NDManager scope = backend.scope()) {
            TokenRows rows = TokenRows.of(scope, prompts, null);
            assertThrows(TensorException.class, () -> network.start(rows, 8));
            assertThrows(TensorException.class, () -> network.start(rows, 257));
            try (Generation generation = network.start(rows, 9)) {
                assertThrows(TensorException.class, () -> generation.step(new int[] {1, 1, 1}));
                generation.keep(new int[] {0, 2});
                assertThrows(TensorException.class, () -> generation.step(new int[] {1, 64}));
                assertEquals(2, generation.step(new int[] {1, 1}).getShape().get(0));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"gpt2", "mistral"})
    void layersThatAreComputedAgainGiveTheSameGradients(String model) throws IOException {
        float[][] plain = gradients(model, false);
        float[][] again = gradients(model, true);
        for (int i = 0; i < plain.length; i++) {
            assertArrayEquals(plain[i], again[i], 1e-6f);
        }
    }

    private static float[][] gradients(String model, boolean recompute) throws IOException {
        ModelHooks hooks = new ModelHooks() {
            @Override
            public boolean recomputesLayers() {
                return recompute;
            }
        };
        try (Backend backend = Backend.open("cpu", 1);
                Network network = GoldenDecoders.language(backend, GoldenDecoders.FOLDER.resolve(model), hooks)) {
            network.parameters().trainable(true);
            try (NDManager scope = backend.scope();
                    Recording recording = Recording.on()) {
                int[][] ids = GoldenDecoders.rows("rows");
                TokenRows rows = TokenRows.of(scope, ids, null);
                recording.backward(Ops.vocabularyLoss(
                        network.hidden(rows, true), network.vocabularyWeight(), rows.flat(ids), null, 32));
            }
            return network.parameters().stream()
                    .map(parameter ->
                            Objects.requireNonNull(parameter.gradient()).toFloatArray())
                    .toArray(float[][]::new);
        }
    }

    @Test
    void theLowestLayersAndThoseAboveGiveWhatAllDo() throws IOException {
        try (Backend backend = Backend.open("cpu", 1);
                Network network = classes(backend, GoldenDecoders.FOLDER.resolve("qwen3"));
                NDManager scope = backend.scope()) {
            TokenRows rows = TokenRows.of(scope, GoldenDecoders.rows("rows"), null);
            float[] all = network.logits(rows, false).toFloatArray();
            for (int count = 0; count <= network.layers(); count++) {
                NDArray below = network.hiddenAfter(count, rows, false);
                assertArrayEquals(
                        all, network.logitsAfter(count, below, rows, false).toFloatArray(), 1e-6f);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "gpt2, transformer.h.0.attn.c_attn, transformer.h.1.mlp.c_proj, transformer.h.0.attention_adapters, 4",
        "llama, model.layers.0.self_attn.q_proj, model.layers.1.mlp.down_proj, model.layers.0.attention_adapters, 7"
    })
    void methodsEnterWherePeftAndAdaptersDo(String model, String first, String last, String sublayer, int each) {
        try (Backend backend = Backend.open("cpu", 1);
                NDManager scope = backend.scope()) {
            AllHooks hooks = new AllHooks(scope, 32, model.equals("gpt2") ? 32 : 16);
            Path files = GoldenDecoders.FOLDER.resolve(model);
            Models.load(files, HeadSpec.classification(3), hooks, backend, LoadOptions.seeded(1))
                    .close();
            assertEquals(2 * each + 1, hooks.linears.size());
            assertEquals(first, hooks.linears.getFirst());
            assertEquals(last, hooks.linears.get(2 * each - 1));
            assertEquals("score", hooks.linears.getLast());
            assertEquals(sublayer, hooks.sublayers.getFirst());
            assertEquals(4, hooks.sublayers.size());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"gpt2", "llama", "mistral", "qwen2", "qwen3"})
    void whatIsSavedHasTransformersNamesAndShapesAndOpensAgain(String model) throws IOException {
        Path original = GoldenDecoders.FOLDER.resolve(model);
        try (Backend backend = Backend.open("cpu", 1);
                BaseModel base = Models.base(original, backend);
                Network network = base.network(HeadSpec.causalLm(), ModelHooks.NONE, _ -> false);
                NDManager scope = backend.scope();
                SafetensorsReader before = SafetensorsReader.openModel(original)) {
            SafetensorsWriter.write(folder.resolve("model.safetensors"), network.savedTensors());
            Files.writeString(
                    folder.resolve("config.json"), network.savedConfig().toString());
            try (SafetensorsReader after = SafetensorsReader.openModel(folder);
                    Network again = GoldenDecoders.language(backend, folder, ModelHooks.NONE)) {
                for (String name : before.names()) {
                    boolean ofOtherHeads = name.startsWith("score") || name.startsWith("classifier");
                    assertEquals(!ofOtherHeads, after.contains(name), name);
                    if (!ofOtherHeads) {
                        assertEquals(before.read(scope, name), after.read(scope, name), name);
                    }
                }
                TokenRows rows = TokenRows.of(scope, GoldenDecoders.rows("rows"), null);
                assertArrayEquals(
                        GoldenDecoders.logits(network, rows).toFloatArray(),
                        GoldenDecoders.logits(again, rows).toFloatArray());
                assertEquals(
                        GoldenDecoders.json(model + "/config.json").path("architectures"),
                        again.savedConfig().path("architectures"));
            }
        }
    }

    @Test
    void aClassifierIsSavedWithThePaddingThatTransformersAsksFor() throws IOException {
        try (Backend backend = Backend.open("cpu", 1)) {
            assertSavedPadding(backend, 1, config -> {});
            assertSavedPadding(backend, 7, config -> config.put("pad_token_id", 7));
            assertSavedPadding(
                    backend, 5, config -> config.putArray("eos_token_id").add(5).add(6));
            assertSavedPadding(
                    backend, 2, config -> config.putNull("eos_token_id").putNull("pad_token_id"));
        }
    }

    private void assertSavedPadding(Backend backend, int id, GoldenDecoders.Change change) throws IOException {
        try (Network network = classes(backend, GoldenDecoders.changed("llama", folder, change))) {
            assertEquals(id, network.savedConfig().path("pad_token_id").asInt());
            assertEquals(
                    "[\"LlamaForSequenceClassification\"]",
                    network.savedConfig().path("architectures").toString());
            assertEquals(List.of("score"), network.newModules());
        }
    }

    @Test
    void aLanguageHeadThatIsMissingIsRefusedOrDrawn() throws IOException {
        Path files = GoldenDecoders.changed("llama", folder, config -> config.put("tie_word_embeddings", false));
        try (Backend backend = Backend.open("cpu", 1)) {
            RuntimeException refused = assertThrows(
                    RuntimeException.class, () -> GoldenDecoders.language(backend, files, ModelHooks.NONE));
            assertTrue(String.valueOf(refused.getMessage()).contains("lacks 1 weights"), refused.getMessage());
            assertTrue(String.valueOf(refused.getMessage()).contains("lm_head.weight"), refused.getMessage());
            try (Network drawn =
                    Models.load(files, HeadSpec.maskedLmOrNew(), ModelHooks.NONE, backend, LoadOptions.seeded(3))) {
                assertEquals(List.of("lm_head"), drawn.newModules());
                assertEquals(List.of("lm_head.weight"), drawn.report().drawn());
                Parameter weight = drawn.vocabularyWeight();
                assertEquals(new Shape(64, 32), weight.shape());
                assertFalse(drawn.parameters().get("model.embed_tokens.weight").equals(weight));
            }
        }
    }

    private static Network classes(Backend backend, Path files) {
        return Models.load(files, HeadSpec.classification(3), ModelHooks.NONE, backend, new LoadOptions(1, 0.0));
    }
}
