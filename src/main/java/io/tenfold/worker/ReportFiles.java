package io.tenfold.worker;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tenfold.checkpoint.BaseFingerprint;
import io.tenfold.data.TokenizedSet;
import io.tenfold.job.FineTuneRequest;
import io.tenfold.job.JobEvent;
import io.tenfold.train.Predictions;
import io.tenfold.train.TrainingResult;
import io.tenfold.train.TrainingSession;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What lies beside an artifact's own files: predictions, metrics, request, model card. */
final class ReportFiles {

    static final String METRICS = "metrics.json";

    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path folder;
    private final TrainingSession.Material material;
    private final BaseFingerprint base;

    /** @param base of the model that the job began with */
    ReportFiles(Path folder, TrainingSession.Material material, BaseFingerprint base) {
        this.folder = folder;
        this.material = material;
        this.base = base;
    }

    /** Writes all of them; {@code outcome} is what the terminal event will say. */
    void write(JsonNode request, TrainingSession.Trained trained, JobEvent.Succeeded outcome) {
        try {
            writeJson("request.json", request);
            writeJson(METRICS, metrics(trained.result(), outcome));
            Predictions predictions = trained.predictions();
            TokenizedSet validation = trained.validation();
            if (predictions != null && validation != null) {
                writePredictions(predictions, validation);
            }
            Files.writeString(
                    folder.resolve("README.md"),
                    new ModelCard(material.request(), outcome, trained.result(), folder).text());
        } catch (IOException e) {
            throw new UncheckedIOException("the artifact can't be written to " + folder, e);
        }
    }

    private void writeJson(String name, JsonNode json) throws IOException {
        JSON.writerWithDefaultPrettyPrinter().writeValue(folder.resolve(name).toFile(), json);
    }

    private ObjectNode metrics(TrainingResult result, JobEvent.Succeeded outcome) {
        ObjectNode json = JSON.valueToTree(outcome);
        // Known only when the artifact is published; the manifest and the event have them.
        json.remove(List.of("artifact_uri", "manifest_sha256", "artifact_bytes"));
        json.set("labels", JSON.valueToTree(material.labels()));
        json.set(BaseFingerprint.FIELD, JSON.valueToTree(base));
        json.put("steps", result.steps());
        ArrayNode curve = json.putArray("loss_curve");
        result.curve()
                .forEach(point -> curve.addObject().put("step", point.step()).put("loss", point.loss()));
        ArrayNode evaluations = json.putArray("evaluations");
        result.evaluations().forEach(evaluation -> evaluations
                .addObject()
                .put("step", evaluation.step())
                .set("metrics", JSON.valueToTree(evaluation.metrics())));
        return json;
    }

    private void writePredictions(Predictions predictions, TokenizedSet validation) throws IOException {
        FineTuneRequest request = material.request();
        int count = Math.min(validation.size(), request.training().maxPredictions());
        try (BufferedWriter out = Files.newBufferedWriter(folder.resolve("predictions-validation.jsonl"))) {
            for (int row = 0; row < count; row++) {
                ObjectNode line = JSON.createObjectNode().put("row", row);
                if (request.task().regression()) {
                    line.put("label", validation.score(row))
                            .put("predicted", predictions.logits()[row][0]);
                } else {
                    line.put("label", material.labels().get(validation.label(row)))
                            .put("predicted", material.labels().get(predictions.predicted(row)));
                }
                line.set("logits", JSON.valueToTree(predictions.logits()[row]));
                out.write(JSON.writeValueAsString(line));
                out.write('\n');
            }
        }
    }
}
