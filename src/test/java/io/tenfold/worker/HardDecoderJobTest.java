package io.tenfold.worker;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tenfold.job.CheckpointRef;
import io.tenfold.job.Interruption;
import io.tenfold.job.JobEvent;
import io.tenfold.method.GoldenJob;
import io.tenfold.train.QuietSink;
import io.tenfold.worker.Predictor.NamedArtifact;
import io.tenfold.worker.Predictor.Prediction;
import io.tenfold.worker.Predictor.TextRow;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Jobs with hard prompts on decoders, from the request to predictions with their artifacts. */
class HardDecoderJobTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String ONE_TOKEN =
            "{\"food\": [\"the\", \"a\"], \"travel\": \"of\", \"weather\": [\"is\", \"in\", \"to\"]}";
    private static final String MORE_TOKENS =
            "{\"food\": [\"soup\", \"the bread\"], \"travel\": \"train\", \"weather\": [\"rain\", \"heavy\"]}";

    @TempDir
    Path root;

    private ObjectNode request(DiskJob job, String verbalizer, String options) throws IOException {
        ObjectNode body = job.request("{'name': 'prompt', 'kind': 'hard'}");
        ObjectNode method = body.withObject("/method");
        method.putArray("templates").add("{text} It was about [MASK]").add("Text: {text}\nTopic: [MASK]");
        method.set("verbalizer", JSON.readTree(verbalizer));
        method.setAll((ObjectNode) JSON.readTree(options));
        body.withObject("/training").put("max_length", 48).put("max_steps", 4).put("eval_steps", 2);
        return body;
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "gpt2 | {\"calibrate\": true}",
                "llama | {\"calibrate\": true, \"select\": \"ensemble\"}",
                "llama | {\"select\": \"best\"}"
            })
    void withNothingToTrainItIsScoredAndPublishedAsOneSmallFile(String model, String options) throws IOException {
        DiskJob job = new DiskJob(root, "language/" + model);
        QuietSink sink = job.run(request(job, MORE_TOKENS, options));
        JobEvent.Succeeded end = DiskJob.succeeded(sink);
        assertEquals(0, end.trainableParameters());
        assertEquals(2, JSON.valueToTree(end.metrics()).path("templates").size());
        assertFalse(Files.exists(root.resolve("out/attempt-1/model.safetensors")));
        predictionsAreThoseOfTheJob(job);
    }

    @ParameterizedTest
    @CsvSource({"gpt2, GPT2LMHeadModel", "llama, LlamaForCausalLM"})
    void withAFewRowsItIsTrainedAndPublishedAsALanguageModel(String model, String architecture) throws IOException {
        DiskJob job = new DiskJob(root, "language/" + model);
        JobEvent.Succeeded end = DiskJob.succeeded(
                job.run(request(job, ONE_TOKEN, "{\"shots\": 3, \"select\": \"ensemble\", \"calibrate\": true}")));
        assertEquals(end.totalParameters(), end.trainableParameters());
        JsonNode config =
                JSON.readTree(root.resolve("out/attempt-1/config.json").toFile());
        assertEquals(architecture, config.at("/architectures/0").asText());
        predictionsAreThoseOfTheJob(job);
    }

    @Test
    void whoGoesOnAfterAStopEndsWithTheSameBytes() throws IOException {
        DiskJob job = new DiskJob(root, "language/llama");
        ObjectNode straight = request(job, ONE_TOKEN, "{\"shots\": 3}");
        DiskJob.succeeded(job.run(straight));
        ObjectNode body = straight.deepCopy().put("id", "stopped").put("output", job.at("stopped"));
        QuietSink sink = new QuietSink(Interruption.HAND_OVER, 8);
        job.run(body, 1, null, sink);
        JobEvent.HandedOver stopped = (JobEvent.HandedOver) sink.events().getLast();
        assertTrue(stopped.step() > 0 && stopped.step() < 4, "step " + stopped.step());
        CheckpointRef from = new CheckpointRef(stopped.step(), String.valueOf(stopped.uri()));
        DiskJob.succeeded(job.run(body, 2, from, new QuietSink()));
        for (String file : List.of("model.safetensors", "prompt.json")) {
            assertArrayEquals(
                    Files.readAllBytes(job.path("out/attempt-1/" + file)),
                    Files.readAllBytes(job.path("stopped/attempt-2/" + file)),
                    file);
        }
    }

    private void predictionsAreThoseOfTheJob(DiskJob job) throws IOException {
        List<String> predicted = Files.readAllLines(root.resolve("out/attempt-1/predictions-validation.jsonl"));
        List<TextRow> rows = Files.readAllLines(root.resolve("train.tsv")).stream()
                .skip(1)
                .map(line -> new TextRow(line.substring(0, line.indexOf('\t')), null, null))
                .toList();
        assertEquals(rows.size(), predicted.size());
        try (Opened opened = new Predictor(job.store(), GoldenJob.allModels(), job.config())
                .open(List.of(new NamedArtifact("prompt", job.at("out"))), null, null, null)) {
            assertEquals(Opened.Kind.LABELS, opened.kind());
            List<Prediction> predictions = opened.predict(rows);
            for (int i = 0; i < rows.size(); i++) {
                JsonNode expected = JSON.readTree(predicted.get(i));
                assertEquals(
                        expected.path("predicted").asText(), predictions.get(i).label());
                for (int label = 0; label < 3; label++) {
                    assertEquals(
                            expected.path("logits").get(label).asDouble(),
                            predictions.get(i).logits()[label],
                            1e-4);
                }
            }
        }
    }
}
