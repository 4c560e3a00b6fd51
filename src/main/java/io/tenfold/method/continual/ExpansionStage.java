package io.tenfold.method.continual;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tenfold.checkpoint.BaseFingerprint;
import io.tenfold.job.FineTuneRequest;
import io.tenfold.method.ArtifactModels;
import io.tenfold.method.MethodRegistry;
import io.tenfold.model.BaseModel;
import io.tenfold.model.Network;
import io.tenfold.train.Evaluator;
import io.tenfold.train.Inputs;
import io.tenfold.train.Scored;
import io.tenfold.train.Scoring;
import io.tenfold.train.Stage;
import io.tenfold.train.StageOutcome;
import io.tenfold.train.StepPlan;
import io.tenfold.train.TaskRows;
import io.tenfold.train.Tuning;
import jakarta.inject.Provider;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Learns a task with weights of its own on the frozen base, and leaves those of earlier tasks as they are: {@code
 * adapters/<task>}, each a folder as its own method writes it.
 */
record ExpansionStage(
        ContinualConfig config, Provider<MethodRegistry> methods, Provider<ArtifactModels> artifacts, String name)
        implements Stage {

    /** The folder of the tasks' adapters in an artifact. */
    static final String ADAPTERS = "adapters";

    private static final ObjectMapper JSON = new ObjectMapper();

    @Override
    public Tuning prepare(Inputs inputs, List<StageOutcome> done) {
        Standing standing = Standing.of(config, inputs, done);
        TaskRows task = standing.task(name);
        FineTuneRequest alone = ContinualConfig.alone(
                inputs.request(),
                Objects.requireNonNull(config.base()),
                standing.history().model());
        Inputs own = inputs.of(task).with(alone);
        Tuning tuning = methods.get().tuning(own);
        Path previous = standing.previous();
        return tuning.withPlan(StepPlan.of(own.training(), own.options()))
                .withEvaluator(evaluator(inputs, standing, new TaskScores.Way(tuning.network(), tuning.forward())))
                .withWriter(folder -> write(folder, previous, tuning, own));
    }

    private void write(Path folder, @Nullable Path previous, Tuning tuning, Inputs own) {
        try {
            if (previous != null) {
                TaskFolders.copy(previous.resolve(ADAPTERS), folder.resolve(ADAPTERS));
            }
            Path adapter = Files.createDirectories(folder.resolve(ADAPTERS).resolve(name));
            tuning.writer().write(adapter);
            ObjectNode report = JSON.createObjectNode();
            if (!own.task().head().vocabulary()) {
                report.set("labels", JSON.valueToTree(own.labels()));
            }
            report.set(BaseFingerprint.FIELD, JSON.valueToTree(BaseFingerprint.of(own.modelFolder())));
            JSON.writerWithDefaultPrettyPrinter()
                    .writeValue(adapter.resolve("metrics.json").toFile(), report);
        } catch (IOException e) {
            throw new UncheckedIOException("the adapters can't be written to " + folder, e);
        }
    }

    /** Opens the files of earlier tasks when the task has been learnt, as a user would. */
    private Evaluator evaluator(Inputs inputs, Standing standing, TaskScores.Way way) {
        TaskRows task = standing.task(name);
        List<TaskRows> learnt = new ArrayList<>(standing.before(name));
        learnt.add(task);
        return new Evaluator() {
            @Override
            public Scored score(LongConsumer between) {
                return scores(Map.of(name, way)).score(between);
            }

            @Override
            public @Nullable Scored last(LongConsumer between) {
                Path previous = standing.previous();
                if (previous == null) {
                    return scores(Map.of(name, way)).last(between);
                }
                Map<String, TaskScores.Way> ways = new HashMap<>(Map.of(name, way));
                List<Network> networks = new ArrayList<>();
                try (BaseModel base = ArtifactModels.base(inputs.modelFolder(), inputs.backend())) {
                    for (TaskRows before : standing.before(name)) {
                        Scoring scoring = opened(previous, before.name(), base);
                        networks.add(scoring.network());
                        ways.put(before.name(), new TaskScores.Way(scoring.network(), scoring.forward()));
                    }
                    return scores(ways).last(between);
                } finally {
                    networks.forEach(Network::close);
                }
            }

            private Evaluator scores(Map<String, TaskScores.Way> ways) {
                return new TaskScores(inputs, scored -> Objects.requireNonNull(ways.get(scored.name())))
                        .learning(task, learnt, standing.matrix());
            }

            private Scoring opened(Path previous, String before, BaseModel base) {
                Path folder = previous.resolve(ADAPTERS).resolve(before);
                return artifacts.get().scoring(folder, base, before, inputs.tokenizer(), inputs.backend(), null);
            }
        };
    }
}
