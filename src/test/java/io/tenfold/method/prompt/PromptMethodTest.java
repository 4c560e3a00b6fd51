package io.tenfold.method.prompt;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import io.tenfold.data.TextTokenizer;
import io.tenfold.job.JobError;
import io.tenfold.job.JobException;
import io.tenfold.method.ArtifactModels;
import io.tenfold.method.GoldenJob;
import io.tenfold.method.prefix.PrefixMethod;
import io.tenfold.model.BaseModel;
import io.tenfold.model.Network;
import io.tenfold.tensor.Backend;
import io.tenfold.tensor.Parameter;
import io.tenfold.train.Classifier;
import io.tenfold.train.Inputs;
import io.tenfold.train.Scoring;
import io.tenfold.train.TrainingSession;
import io.tenfold.train.Tuning;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** First values, counts and refusals of prompts with virtual tokens. */
class PromptMethodTest {

    @TempDir
    Path folder;

    @Test
    void bertBaseHasTheWeightsThatThePaperCounts() {
        try (Backend backend = Backend.open("cpu", 1)) {
            assertEquals(15_360, TokenTable.random(backend, 1, 20, 768).size());
        }
    }

    @Test
    void methodParametersLeaveOutTheHead() throws Exception {
        assertEquals(20 * 32, (long) tuned("{'kind': 'soft'}", 1, Tuning::methodParameters));
        // The table, three layers of 32 by 32, three biases.
        assertEquals(20 * 32 + 3 * (32 * 32 + 32), (long) tuned("{'kind': 'p_tuning'}", 1, Tuning::methodParameters));
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 7, 20})
    void aTextIsCutOrRepeated(int count) throws Exception {
        float[][] table = table("""
                {'kind': 'soft', 'prompt_tuning_init': 'TEXT', 'num_virtual_tokens': %d,
                 'prompt_tuning_init_text': 'The soup was cold.'}""".formatted(count), 1);
        float[][] words = words();
        int[] ids;
        try (TextTokenizer tokenizer = TextTokenizer.open(GoldenJob.GOLDEN.resolve("bert"), "bert")) {
            ids = tokenizer
                    .encode(List.of("The soup was cold."), null, 100)
                    .getFirst()
                    .ids();
        }
        assertTrue(ids.length > 3 && ids.length < 20);
        assertEquals(count, table.length);
        for (int i = 0; i < count; i++) {
            assertArrayEquals(words[ids[i % ids.length]], table[i], "token " + i);
        }
    }

    @Test
    void sampledWordsFollowFromTheSeed() throws Exception {
        String sampled = "{'kind': 'soft', 'prompt_tuning_init': 'SAMPLE_VOCAB'}";
        float[][] table = table(sampled, 1);
        Set<String> words = Arrays.stream(words()).map(Arrays::toString).collect(Collectors.toSet());
        for (float[] row : table) {
            assertTrue(words.contains(Arrays.toString(row)));
        }
        assertArrayEquals(table, table(sampled, 1));
        assertFalse(Arrays.deepEquals(table, table(sampled, 2)), "two seeds drew the same words");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '"',
            value = {
                "{'prompt_tuning_init': 'TEXT'}; method.prompt_tuning_init_text; give one",
                "{'prompt_tuning_init_text': 'x'}; method.prompt_tuning_init_text; set it to TEXT",
                "{'encoder_hidden_size': 8}; method.encoder_hidden_size; take kind p_tuning",
                "{'kind': 'hard', 'num_virtual_tokens': 8}; method.num_virtual_tokens; take kind soft or p_tuning",
                "{'kind': 'p_tuning', 'prompt_tuning_init': 'RANDOM'}; method.prompt_tuning_init; take kind soft",
                "{'kind': 'p_tuning', 'encoder_num_layers': 3}; method.encoder_num_layers; take LSTM",
                "{'kind': 'p_tuning', 'encoder_dropout': 0.1}; method.encoder_dropout; take LSTM",
                "{'kind': 'p_tuning', 'encoder_reparameterization_type': 'LSTM', 'encoder_num_layers': 1, 'encoder_dropout': 0.1}; method.encoder_dropout; take more layers",
                "{'kind': 'p_tuning', 'encoder_reparameterization_type': 'LSTM', 'encoder_hidden_size': 8193}; method.encoder_hidden_size; it must be from 1 to 8192",
                "{'kind': 'sotf'}; method.kind; did you mean soft",
                "{'num_virtual_token': 3}; method.num_virtual_token; did you mean num_virtual_tokens",
                "{'num_virtual_tokens': 0}; method.num_virtual_tokens; it must be from 1"
            })
    void aWrongOptionIsRefusedWithTheWayOut(String method, String param, String way) {
        JobError error =
                assertThrows(JobException.class, () -> job(method, 1).close()).error();
        assertEquals(param, error.param());
        assertTrue(error.message().contains(way), error.message());
    }

    @Test
    void moreVirtualTokensThanPositionsAreRefused() throws Exception {
        try (GoldenJob job = job("{'num_virtual_tokens': 385}", 1)) {
            JobError error =
                    assertThrows(JobException.class, () -> prepare(job)).error();
            assertEquals("training.max_length", error.param());
            assertTrue(error.message().contains("method.num_virtual_tokens 385"), error.message());
            assertTrue(error.message().contains("512 positions"), error.message());
        }
    }

    @Test
    void virtualTokensThatLeaveNoRoomAreRefusedBeforeAnyWeightIsRead() throws Exception {
        try (GoldenJob job = job("{'num_virtual_tokens': 600}", 1)) {
            Inputs without = job.withoutWeights(folder);
            JobError error = assertThrows(JobException.class, () -> job.stage().prepare(without, List.of()))
                    .error();
            assertEquals("method.num_virtual_tokens", error.param());
            assertTrue(error.message().contains("is 600, but the model has 512 positions"), error.message());
            assertTrue(error.message().contains("give at most 508"), error.message());
        }
    }

    @Test
    void anArtifactOfAnotherBaseIsRefused() {
        try (Backend backend = Backend.open("cpu", 1);
                BaseModel base = ArtifactModels.base(GoldenJob.GOLDEN.resolve("distilbert"), backend)) {
            Path artifact = GoldenJob.GOLDEN.resolve("bert-soft");
            JobError error = assertThrows(JobException.class, () -> models().open(artifact, base, "a", backend)
                            .close())
                    .error();
            assertEquals("model", error.param());
            assertTrue(error.message().contains("num_layers is 2; the base model needs 3"), error.message());
            assertTrue(
                    error.message().endsWith("the artifact was made for another base; give its own with --model"),
                    error.message());
        }
    }

    @Test
    void aLongTextIsCutToTheRoomThatVirtualTokensLeave() {
        Path bert = GoldenJob.GOLDEN.resolve("bert");
        Path artifact = GoldenJob.GOLDEN.resolve("bert-soft");
        try (TrainingSession session = TrainingSession.open("cpu", 1);
                BaseModel base = ArtifactModels.base(bert, session.backend())) {
            Network network = models().open(artifact, base, "a", session.backend());
            try (TextTokenizer tokenizer = TextTokenizer.open(bert, "bert");
                    Classifier classifier = Classifier.of(Scoring.of(network, tokenizer), artifact, session)) {
                Classifier.Labelled labelled = classifier
                        .label(List.of(new Classifier.Row("soup ".repeat(600), null)))
                        .getFirst();
                assertTrue(labelled.truncated());
            }
        }
    }

    private static ArtifactModels models() {
        return new ArtifactModels(List.of(new PrefixMethod(), new PromptMethod()));
    }

    private static GoldenJob job(String method, int seed) throws Exception {
        String named = method.replace('\'', '"')
                .replaceFirst("\\{", "{\"name\": \"prompt\", ")
                .replace(", }", "}");
        return new GoldenJob("bert", named, "{\"max_steps\": 1, \"seed\": %d}".formatted(seed));
    }

    private static Tuning prepare(GoldenJob job) {
        return job.stage().prepare(job.inputs(), List.of());
    }

    private static <T> T tuned(String method, int seed, Function<Tuning, T> look) throws Exception {
        try (GoldenJob job = job(method, seed)) {
            Tuning tuning = prepare(job);
            try (Network _ = tuning.network()) {
                return look.apply(tuning);
            }
        }
    }

    private static float[][] table(String method, int seed) throws Exception {
        return tuned(method, seed, tuning -> rows(tuning.trained().get("prompt_encoder.embedding.weight")));
    }

    private static float[][] words() throws Exception {
        return tuned(
                "{}", 1, tuning -> rows(tuning.network().parameters().get("bert.embeddings.word_embeddings.weight")));
    }

    private static float[][] rows(Parameter parameter) {
        NDArray value = parameter.value();
        float[] flat = value.toFloatArray();
        int width = (int) value.getShape().get(1);
        return IntStream.range(0, flat.length / width)
                .mapToObj(row -> Arrays.copyOfRange(flat, row * width, (row + 1) * width))
                .toArray(float[][]::new);
    }
}
