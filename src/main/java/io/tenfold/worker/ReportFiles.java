package io.tenfold.worker;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tenfold.checkpoint.BaseFingerprint;
import io.tenfold.data.SplitReport;
import io.tenfold.data.TokenizedSet;
import io.tenfold.job.FineTuneRequest;
import io.tenfold.job.JobEvent;
import io.tenfold.train.Speaker;
import io.tenfold.train.TaskRows;
import io.tenfold.train.TrainingResult;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What lies beside an artifact's own files and predictions: metrics, request, model card. */
final class ReportFiles {

    static final String METRICS = "metrics.json";

    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path folder;
    private final FineTuneRequest request;
    private final TaskRows task;
    private final BaseFingerprint base;

    /**
     * @param task the only one, or the first
     * @param base of the model that the job began with
     */
    ReportFiles(Path folder, FineTuneRequest request, TaskRows task, BaseFingerprint base) {
        this.folder = folder;
        this.request = request;
        this.task = task;
        this.base = base;
    }

    /** Writes all of them; {@code outcome} is what the terminal event will say. */
    void write(JsonNode body, TrainingResult result, JobEvent.Succeeded outcome) {
        try {
            writeJson("request.json", body);
            writeJson(METRICS, metrics(result, outcome));
            Files.writeString(folder.resolve("README.md"), new ModelCard(request, outcome, result, folder).text());
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
        json.set("labels", JSON.valueToTree(task.labels()));
        TokenizedSet training = task.training();
        SplitReport.LanguageReport language =
                training == null ? null : training.report().language();
        if (language != null) {
            // By it predict knows whether a text is to become a conversation.
            json.put(Speaker.CHAT, language.conversations() > 0);
        }
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
}
