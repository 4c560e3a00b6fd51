package io.tenfold.method.continual;

import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tenfold.checkpoint.SafetensorsReader;
import io.tenfold.method.MethodRegistry;
import io.tenfold.model.ModelHooks;
import io.tenfold.model.Network;
import io.tenfold.tensor.AdamW;
import io.tenfold.tensor.Parameter;
import io.tenfold.tensor.Parameters;
import io.tenfold.train.ArtifactWriter;
import io.tenfold.train.Inputs;
import io.tenfold.train.Networks;
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
import java.util.List;

/** Learns a task with the encoder that all tasks share, from the files that the task before left. */
record TaskStage(ContinualConfig config, Provider<MethodRegistry> methods, String name) implements Stage {

    private static final double USUAL_RATE = 2e-5;

    @Override
    public Tuning prepare(Inputs inputs, List<StageOutcome> done) {
        Standing standing = Standing.of(config, inputs, done);
        TaskRows task = standing.task(name);
        Path previous = standing.previous();
        Inputs own = inputs.of(task)
                .on(previous == null ? inputs.modelFolder() : previous)
                .withHeads(standing.heads());
        ObjectNode base = config.base();
        Tuning plain = base == null ? full(own) : updates(own, base, standing.history());
        Network network = plain.network();
        try {
            if (previous != null) {
                new Heads(network).read(previous, own.backend());
            }
            Heads heads = new Heads(network);
            Tuning tuning = plain.withObjective(heads.objective(task))
                    .withPlan(StepPlan.of(own.training(), own.options()))
                    .withEvaluator(new TaskScores(inputs, scored -> new TaskScores.Way(network, heads.forward(scored)))
                            .learning(task, standing.tasks(), standing.matrix()));
            return Keeping.of(config, standing, own).apply(tuning);
        } catch (RuntimeException e) {
            network.close();
            throw e;
        }
    }

    private static Tuning full(Inputs own) {
        Network network = Networks.load(own, ModelHooks.NONE);
        return Tuning.ofHead(
                own,
                network,
                new Heads(network).forward(own.task()),
                Heads.of(network.parameters(), own.task()),
                USUAL_RATE,
                network.newModules(),
                folder -> new Heads(network).write(folder, network.savedTensors(), own.tokenizer()));
    }

    /** Trains low-rank updates, which are added to the encoder's weights when the task ends. */
    private Tuning updates(Inputs own, ObjectNode base, History history) {
        ObjectNode merging = base.deepCopy().put("merge", true);
        Tuning tuning = methods.get().tuning(own.with(ContinualConfig.alone(own.request(), merging, history.model())));
        Parameters trained = Heads.of(tuning.trained(), own.task());
        for (Parameter parameter : tuning.trained()) {
            parameter.trainable(trained.contains(parameter.name()));
        }
        List<AdamW.Group> groups = tuning.groups().stream()
                .map(group -> new AdamW.Group(
                        group.parameters().stream()
                                .filter(parameter -> trained.contains(parameter.name()))
                                .toList(),
                        group.learningRateScale(),
                        group.weightDecay()))
                .filter(group -> !group.parameters().isEmpty())
                .toList();
        return tuning.withGroups(groups)
                .withForward(new Heads(tuning.network()).forward(own.task()))
                .withWriter(folded(tuning, own));
    }

    private static ArtifactWriter folded(Tuning tuning, Inputs own) {
        return folder -> {
            try {
                Path work = Files.createTempDirectory(own.workFolder(), "updates");
                tuning.writer().write(work);
                try (NDManager scope = own.backend().scope();
                        SafetensorsReader merged = SafetensorsReader.open(work.resolve("merged/model.safetensors"))) {
                    new Heads(tuning.network()).write(folder, merged.readAll(scope), own.tokenizer());
                }
                TaskFolders.delete(work);
            } catch (IOException e) {
                throw new UncheckedIOException("the updates can't be written below " + own.workFolder(), e);
            }
        };
    }
}
