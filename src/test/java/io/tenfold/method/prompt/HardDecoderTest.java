package io.tenfold.method.prompt;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import io.tenfold.data.Batch;
import io.tenfold.data.EncodedRow;
import io.tenfold.data.TextTokenizer;
import io.tenfold.data.TokenizedSet;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import io.tenfold.method.GoldenJob;
import io.tenfold.model.HeadSpec;
import io.tenfold.model.ModelHooks;
import io.tenfold.tensor.Recording;
import io.tenfold.train.Inputs;
import io.tenfold.train.Networks;
import io.tenfold.train.QuietSink;
import io.tenfold.train.TrainingLoop;
import io.tenfold.train.TrainingResult;
import io.tenfold.train.Tuning;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A decoder's labels score as their words' log likelihoods by Transformers' logits have it, also after training. */
class HardDecoderTest {

    private static final String TRAINING = """
            {"epochs": 4, "batch_size": 8, "shuffle": false, "warmup_ratio": 0.1, "dropout": 0,
             "learning_rate": 1e-3, "max_length": 128, "logging_steps": 1}""";

    @TempDir
    Path folder;

    private static JsonNode golden(String model) throws Exception {
        return HardGolden.read("language-hard/%s.json".formatted(model));
    }

    @ParameterizedTest
    @ValueSource(strings = {"gpt2", "llama"})
    void wordsAndLabelsScoreAsInPlainTransformers(String model) throws Exception {
        JsonNode all = golden(model).path("scored");
        assertEquals(6, all.size());
        for (JsonNode golden : all) {
            String template = golden.path("template").textValue();
            Map<String, List<String>> words = HardGolden.verbalizer(golden);
            String method = HardGolden.method(List.of(template), words, "");
            try (GoldenJob job = new GoldenJob("language/" + model, method, TRAINING)) {
                TextTokenizer tokenizer = job.inputs().tokenizer();
                Verbalizer verbalizer = Verbalizer.of(words, job.inputs().labels(), tokenizer);
                List<Template> templates = List.of(Template.of(template));
                HardModel hard = new HardModel(
                        Networks.load(job.inputs(), HeadSpec.causalLm(), ModelHooks.NONE),
                        tokenizer,
                        templates,
                        verbalizer);
                TokenizedSet set = job.rows(hard.encoder());
                List<float[]> free = hard.withoutContent(false, 128, job.backend());
                for (int i = 0; i < free.getFirst().length; i++) {
                    float own = free.getFirst()[verbalizer.asGiven().get(i)];
                    assertEquals(golden.path("content_free").get(i).asDouble(), Math.exp(own), 1e-4);
                }
                try (NDManager scope = job.backend().scope();
                        Recording _ = Recording.off()) {
                    Batch batch = Batch.of(scope, set, IntStream.range(0, 8).toArray());
                    float[] likelihoods = Gap.of(tokenizer, templates, verbalizer)
                            .words(hard.network(), batch, 0, false)
                            .toFloatArray();
                    int count = verbalizer.words().size();
                    assertEquals(8 * count, likelihoods.length);
                    for (int i = 0; i < likelihoods.length; i++) {
                        int place = verbalizer.asGiven().get(i % count);
                        assertEquals(
                                golden.path("words")
                                        .get(i / count)
                                        .get(i % count)
                                        .asDouble(),
                                likelihoods[i / count * count + place],
                                1e-4);
                    }
                    labelsAreExpected(golden.path("scores"), hard, batch, null);
                    labelsAreExpected(golden.path("calibrated"), hard, batch, free);
                }
                hard.network().close();
            }
        }
    }

    private static void labelsAreExpected(
            JsonNode expected, HardModel hard, Batch batch, @Nullable List<float[]> free) {
        float[] flat = hard.labels(batch, 0, free, false).toFloatArray();
        assertEquals(24, flat.length);
        for (int i = 0; i < flat.length; i++) {
            assertEquals(expected.get(i / 3).get(i % 3).asDouble(), flat[i], 1e-4, "score " + i);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"whole", "cut"})
    void rowsAreTheTokensOfWhatStandsBeforeTheWord(String kind) throws Exception {
        JsonNode rows = golden("llama").path(kind);
        assertTrue(rows.size() > 1);
        try (TextTokenizer tokenizer = TextTokenizer.open(GoldenJob.GOLDEN.resolve("language/llama"), "llama")) {
            for (JsonNode row : rows) {
                Template template = Template.of(row.path("template").textValue());
                PrefixTexts encoder = new PrefixTexts(tokenizer, List.of(template, template), new int[] {1, 1});
                int length = row.path("max_length").asInt(1000);
                EncodedRow encoded = encoder.encode(
                                List.of(row.path("text").textValue()), HardGolden.second(row), length)
                        .getFirst();
                for (int version = 0; version < 2; version++) {
                    assertArrayEquals(
                            HardGolden.numbers(row.path("input_ids")),
                            PrefixTexts.prefix(encoded.ids(), encoded.marks(), version));
                }
                assertEquals(kind.equals("cut"), encoded.truncated());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"gpt2", "llama"})
    void twentyStepsAreTheReferences(String model) throws Exception {
        JsonNode golden = golden(model).path("curve");
        String template = golden.path("template").textValue();
        String method = HardGolden.method(List.of(template), HardGolden.verbalizer(golden), ", \"shots\": 2");
        try (GoldenJob job = new GoldenJob("language/" + model, method, TRAINING)) {
            TokenizedSet every =
                    job.rows(job.methods().encoder(job.request(), job.inputs().tokenizer()));
            Inputs inputs = job.on(every, null);
            Tuning tuning = job.stage().prepare(inputs, List.of());
            TrainingResult result =
                    new TrainingLoop(tuning, inputs, GoldenJob.environment(folder, new QuietSink(), null)).run();
            assertEquals(20, result.curve().size());
            for (int i = 0; i < 20; i++) {
                double expected = golden.path("losses").get(i).asDouble();
                assertEquals(expected, result.curve().get(i).loss(), 1e-3 * expected, "loss of step " + (i + 1));
            }
            try (NDManager scope = job.backend().scope();
                    Recording _ = Recording.off()) {
                Batch batch = Batch.of(scope, every, IntStream.range(0, 8).toArray());
                float[] scores = tuning.forward().logits(batch, false).toFloatArray();
                for (int i = 0; i < scores.length; i++) {
                    assertEquals(
                            golden.path("final_scores").get(i / 3).get(i % 3).asDouble(), scores[i], 1e-3);
                }
            }
            tuning.network().close();
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{text} It was [MASK]. | rain | | method.templates | goes on after [MASK], but the model is a decoder, which reads from left to right; put [MASK] last",
                "[MASK]: {text} | rain | | method.templates | put [MASK] last",
                "{text}[MASK] | rain | | method.templates | has [MASK] right behind a text; put a blank between them",
                "{text} th[MASK] | e | | method.templates | grow together with what stands before [MASK]; put a blank there",
                "{text} It was [MASK] | heavy | , \"shots\": 2 | method.verbalizer.weather | has heavy, which takes 5 tokens",
            })
    void whatADecoderCanNotDoIsRefused(
            String template, String word, @Nullable String more, String param, String message) throws Exception {
        Map<String, List<String>> words =
                Map.of("food", List.of("the"), "travel", List.of("of"), "weather", List.of(word));
        String method = HardGolden.method(List.of(template), words, more == null ? "" : more);
        JobException refused =
                assertThrows(JobException.class, () -> new GoldenJob("language/llama", method, TRAINING).close());
        assertEquals(ErrorCode.BAD_REQUEST, refused.error().code());
        assertEquals(param, refused.error().param());
        assertTrue(refused.error().message().contains(message), refused.error().message());
    }
}
