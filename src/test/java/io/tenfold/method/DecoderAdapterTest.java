package io.tenfold.method;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tenfold.checkpoint.SafetensorsReader;
import io.tenfold.checkpoint.SafetensorsWriter;
import io.tenfold.job.JobException;
import io.tenfold.model.BaseModel;
import io.tenfold.model.Generation;
import io.tenfold.model.HeadSpec;
import io.tenfold.model.Network;
import io.tenfold.tensor.Backend;
import io.tenfold.tensor.Ops;
import io.tenfold.tensor.Recording;
import io.tenfold.tensor.TokenRows;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Bottlenecks that {@code adapters} wrote on decoders give its logits and its text here; see make_decoder_adapters.py. */
class DecoderAdapterTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Path ADAPTERS = GoldenJob.GOLDEN.resolve("decoder-adapters");
    private static final ArtifactModels MODELS = GoldenJob.allModels();

    @TempDir
    Path folder;

    private final Backend backend = Backend.open("cpu", 1);

    @AfterEach
    void close() {
        backend.close();
    }

    static List<String> all() throws IOException {
        try (Stream<Path> folders = Files.list(ADAPTERS)) {
            return folders.map(path -> path.getFileName().toString()).sorted().toList();
        }
    }

    static List<String> writing() throws IOException {
        return all().stream()
                .filter(name -> expected(name).path("task").asText().equals("words"))
                .toList();
    }

    private static JsonNode expected(String name) {
        return json(ADAPTERS.resolve(name).resolve("expected.json"));
    }

    private static JsonNode json(Path file) {
        try {
            return JSON.readTree(file.toFile());
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static int[][] rows(String key) {
        JsonNode rows = json(GoldenJob.GOLDEN.resolve("decoders/rows.json")).path(key);
        return StreamSupport.stream(rows.spliterator(), false)
                .map(DecoderAdapterTest::numbers)
                .toArray(int[][]::new);
    }

    private static int[] numbers(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false)
                .mapToInt(JsonNode::intValue)
                .toArray();
    }

    private BaseModel base(String name) {
        return ArtifactModels.base(
                GoldenJob.GOLDEN.resolve(
                        MODELS.baseLocation(ADAPTERS.resolve(name)).orElseThrow()),
                backend);
    }

    private Network open(String name, BaseModel base) {
        return MODELS.open(ADAPTERS.resolve(name), base, name, backend);
    }

    @ParameterizedTest
    @MethodSource("all")
    void theirAdapterGivesTheirLogits(String name) throws IOException {
        HeadSpec.Kind kind =
                switch (expected(name).path("task").asText()) {
                    case "words" -> HeadSpec.Kind.VOCABULARY;
                    case "tokens" -> HeadSpec.Kind.TOKENS;
                    case "number" -> HeadSpec.Kind.NUMBER;
                    default -> HeadSpec.Kind.CLASSES;
                };
        try (BaseModel base = base(name);
                Network network = open(name, base);
                NDManager scope = backend.scope();
                Recording _ = Recording.off()) {
            assertEquals(kind, network.head().kind());
            TokenRows rows = TokenRows.of(scope, rows("rows"), null);
            NDArray logits = network.head().vocabulary()
                    ? network.vocabularyLogits(network.hidden(rows, false), false)
                    : network.logits(rows, false);
            NDArray inOrder = network.head().readsEveryToken() ? inOrder(logits, rows) : logits;
            try (SafetensorsReader reader =
                    SafetensorsReader.open(ADAPTERS.resolve(name).resolve("expected.safetensors"))) {
                assertArrayEquals(reader.read(scope, "logits").toFloatArray(), inOrder.toFloatArray(), 1e-4f);
            }
        }
    }

    private static NDArray inOrder(NDArray tokens, TokenRows rows) {
        int[][] places = Arrays.stream(rows.lengths())
                .mapToObj(length -> IntStream.range(0, length).toArray())
                .toArray(int[][]::new);
        return Ops.rows(tokens, rows.places(places));
    }

    /** The reference reads the whole row again for each token; here keys and values are kept. */
    @ParameterizedTest
    @MethodSource("writing")
    void textIsWrittenThroughTheAdapterAsTheReferenceWritesIt(String name) {
        JsonNode texts = expected(name).path("generated");
        int[][] prompts = rows("prompts");
        int longest = Arrays.stream(prompts).mapToInt(row -> row.length).max().orElseThrow();
        int count = texts.path(0).size();
        try (BaseModel base = base(name);
                Network network = open(name, base);
                NDManager scope = backend.scope();
                Generation generation = network.start(TokenRows.of(scope, prompts, null), longest + count)) {
            int[][] written = new int[prompts.length][count];
            for (int i = 0; i < count; i++) {
                long[] best = generation.logits().argMax(1).toLongArray();
                int[] tokens = Arrays.stream(best).mapToInt(Math::toIntExact).toArray();
                for (int row = 0; row < tokens.length; row++) {
                    written[row][i] = tokens[row];
                }
                generation.step(tokens);
            }
            for (int row = 0; row < prompts.length; row++) {
                assertArrayEquals(numbers(texts.path(row)), written[row], "row " + row);
            }
        }
    }

    @Test
    void aLanguageModelsAdapterBringsNoHeadUnlessItIsTheBases() throws IOException {
        try (BaseModel base = base("llama-parallel")) {
            Path artifact = copy("llama-parallel");
            Map<String, NDArray> tensors = new LinkedHashMap<>();
            try (NDManager scope = backend.scope()) {
                Path file = artifact.resolve("model_head.safetensors");
                try (SafetensorsReader reader = SafetensorsReader.open(file)) {
                    reader.readAll(scope).forEach((key, value) -> tensors.put(key, value.mul(2)));
                }
                Files.delete(file);
                SafetensorsWriter.write(file, tensors);
            }
            assertTrue(refused(artifact, base)
                    .contains("lm_head.weight in model_head.safetensors is not the base's word embeddings"));
        }
    }

    @Test
    void anOutputLayerOfItsOwnIsTheAdapters() throws IOException {
        Path artifact = copy("mistral-houlsby");
        int[][] rows = rows("rows");
        try (BaseModel base = base("mistral-houlsby");
                NDManager scope = backend.scope();
                Recording _ = Recording.off()) {
            Path file = artifact.resolve("model_head.safetensors");
            float[] plain;
            try (Network network = MODELS.open(artifact, base, "a", backend);
                    SafetensorsReader reader = SafetensorsReader.open(file)) {
                plain = logits(network, rows, scope);
                Map<String, NDArray> twice = new LinkedHashMap<>();
                reader.readAll(scope).forEach((key, value) -> twice.put(key, value.mul(2)));
                Files.delete(file);
                SafetensorsWriter.write(file, twice);
            }
            try (Network network = MODELS.open(artifact, base, "a", backend);
                    Network other = open("mistral-houlsby", base)) {
                float[] doubled = logits(network, rows, scope);
                for (int i = 0; i < plain.length; i++) {
                    assertEquals(2 * plain[i], doubled[i], 1e-4f);
                }
                assertArrayEquals(plain, logits(other, rows, scope), "the base's own stays as it is");
            }
        }
    }

    private static float[] logits(Network network, int[][] rows, NDManager scope) {
        NDArray hidden = network.hidden(TokenRows.of(scope, rows, null), false);
        return network.vocabularyLogits(hidden, false).toFloatArray();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "mistral-pfeiffer-classes|/config/layers|2|layers is 2 and use_pooler false; a mistral here has a head of 1 layers without the pooler",
                "mistral-pfeiffer-classes|/config/bias|true|bias is true, but the model's head has none",
                "gpt2-pfeiffer-tokens|/config/head_type|\"question_answering\"|head_type is question_answering; only classification",
                "gpt2-houlsby-classes|/num_labels|4|score.weight is (3, 32); the base model needs (4, 32)"
            })
    void aHeadThatDecodersDoNotHaveIsRefusedByName(String name, String field, String value, String message)
            throws IOException {
        Path artifact = copy(name);
        Path file = artifact.resolve("head_config.json");
        ObjectNode config = (ObjectNode) json(file);
        int end = field.lastIndexOf('/');
        ((ObjectNode) config.at(field.substring(0, end))).set(field.substring(end + 1), JSON.readTree(value));
        if (field.equals("/num_labels")) {
            config.putNull("label2id");
        }
        JSON.writeValue(file.toFile(), config);
        try (BaseModel base = base(name)) {
            String refused = refused(artifact, base);
            assertTrue(refused.contains(message), refused);
        }
    }

    @Test
    void anAdapterOfAnotherDecoderIsRefused() {
        try (BaseModel base = base("llama-houlsby")) {
            String refused = refused(ADAPTERS.resolve("gpt2-houlsby"), base);
            assertTrue(refused.contains("its model_type is gpt2, the base's llama"), refused);
        }
    }

    private String refused(Path artifact, BaseModel base) {
        return String.valueOf(assertThrows(JobException.class, () -> MODELS.open(artifact, base, "the adapter", backend)
                        .close())
                .getMessage());
    }

    private Path copy(String name) throws IOException {
        Path copy = Files.createDirectory(folder.resolve(name));
        try (Stream<Path> files = Files.list(ADAPTERS.resolve(name))) {
            for (Path file : files.toList()) {
                Files.copy(file, copy.resolve(file.getFileName()));
            }
        }
        return copy;
    }
}
