package io.tenfold.method.distillation;

import io.tenfold.data.BatchPlan;
import io.tenfold.data.TokenizedSet;
import io.tenfold.job.MetricNames;
import io.tenfold.job.StopCheck;
import io.tenfold.method.ArtifactModels;
import io.tenfold.model.LoadOptions;
import io.tenfold.model.ModelHooks;
import io.tenfold.model.Network;
import io.tenfold.model.family.Models;
import io.tenfold.train.Forward;
import io.tenfold.train.Inputs;
import io.tenfold.train.Predicted;
import io.tenfold.train.Scored;
import io.tenfold.train.StageOutcome;
import io.tenfold.train.TrainingLoop;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Teacher and student side by side: score, size and speed, measured alike on the validation rows. */
final class Comparison {

    private final Inputs inputs;
    private final ArtifactModels models;

    /** @param inputs of the job */
    Comparison(Inputs inputs, ArtifactModels models) {
        this.inputs = inputs;
        this.models = models;
    }

    /** The student's metrics, and a map for each of {@code teacher}, {@code student}, {@code student_alone}. */
    Map<String, Object> metrics(TeacherFiles teacher, List<StageOutcome> done) {
        Map<String, Object> metrics =
                new LinkedHashMap<>(done.getLast().result().metrics());
        try (Teacher opened = Teacher.open(teacher, inputs, models, new Taps(Set.of()))) {
            metrics.put(DistillationRecipe.TEACHER, measured(opened.network(), opened.forward(), teacher.bytes()));
        }
        metrics.put(DistillationRecipe.STUDENT, measured(done.getLast()));
        for (StageOutcome stage : done) {
            if (DistillationRecipe.ALONE.equals(stage.stage())) {
                metrics.put(DistillationRecipe.ALONE, measured(stage));
            }
        }
        return metrics;
    }

    private Map<String, Object> measured(StageOutcome student) {
        try (Network network = Models.load(
                student.folder(),
                inputs.task().head(),
                ModelHooks.NONE,
                inputs.backend(),
                new LoadOptions(inputs.options().seed(), 0.0))) {
            return measured(network, Forward.of(network), TeacherFiles.bytes(student.folder()));
        }
    }

    private Map<String, Object> measured(Network network, Forward forward, long bytes) {
        Map<String, Object> figures = new LinkedHashMap<>();
        TokenizedSet validation = inputs.validation();
        double rate = 0;
        if (validation != null) {
            int batch = TrainingLoop.evalBatchSize(inputs.options());
            // The first pass of a network also pays for what is made once.
            predicted(
                    network,
                    forward,
                    validation.only(
                            BatchPlan.inFileOrder(validation.size(), batch).batches(0)[0]));
            long start = System.nanoTime();
            Predicted predicted = predicted(network, forward, validation);
            rate = validation.size() / ((System.nanoTime() - start) / 1e9);
            scores(Scored.metrics(inputs.task(), predicted), figures);
        }
        figures.put("parameters", network.parameters().size());
        figures.put("bytes", bytes);
        if (validation != null) {
            figures.put("examples_per_second", rate);
        }
        return figures;
    }

    /** By the job's metric, or of a language that is judged by what it writes by its words. */
    private void scores(Map<String, Object> metrics, Map<String, Object> figures) {
        boolean language = inputs.task().head().vocabulary();
        String metric = language && !metrics.containsKey(inputs.metric()) ? MetricNames.PERPLEXITY : inputs.metric();
        figures.put("metric", metric);
        Object score = metrics.get(metric);
        if (score != null) {
            figures.put("score", score);
        }
        if (language) {
            figures.putAll(metrics);
        }
    }

    private Predicted predicted(Network network, Forward forward, TokenizedSet rows) {
        return Predicted.of(
                network,
                forward,
                rows,
                TrainingLoop.evalBatchSize(inputs.options()),
                inputs.backend(),
                _ -> StopCheck.ask());
    }
}
