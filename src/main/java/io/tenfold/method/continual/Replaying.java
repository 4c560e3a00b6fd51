package io.tenfold.method.continual;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.tenfold.data.Batch;
import io.tenfold.data.Targets;
import io.tenfold.data.TokenizedSet;
import io.tenfold.job.TrainingOptions;
import io.tenfold.model.Network;
import io.tenfold.train.Inputs;
import io.tenfold.train.Objective;
import io.tenfold.train.StepPlan;
import io.tenfold.train.TaskRows;
import io.tenfold.train.Tuning;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;

/**
 * Experience replay (Rolnick et al. 2019, arXiv:1811.11682): each step also sees rows of earlier tasks, drawn from the
 * buffer. The loss is the mean over new and replayed rows together, as in Avalanche, for steps that are full; of a language
 * the means over the counted tokens of both, weighted by their rows.
 */
final class Replaying implements Objective {

    /** Rows of one kind, each with the task that it is of. */
    private record Kind(TokenizedSet set, int[] tasks, double weight) {}

    private final TaskRows task;
    private final List<TaskRows> all;
    private final Heads heads;
    private final List<Kind> kinds;
    private final double newWeight;
    private final int drawn;

    private Replaying(TaskRows task, List<TaskRows> all, Heads heads, ReplayBuffer buffer, int drawn, int fresh) {
        this.task = task;
        this.all = all;
        this.heads = heads;
        this.drawn = drawn;
        newWeight = fresh / (double) (fresh + drawn);
        kinds = new ArrayList<>();
        boolean language = Standing.ofLanguage(all);
        for (boolean regression : new boolean[] {false, true}) {
            List<ReplayBuffer.Kept> some = buffer.rows().stream()
                    .filter(row -> all.get(row.task()).task().regression() == regression)
                    .toList();
            if (!some.isEmpty()) {
                double share = some.size() / (double) buffer.rows().size();
                kinds.add(new Kind(
                        language ? words(some) : set(some, regression),
                        some.stream().mapToInt(ReplayBuffer.Kept::task).toArray(),
                        (1 - newWeight) * share));
            }
        }
    }

    private static TokenizedSet words(List<ReplayBuffer.Kept> rows) {
        return TokenizedSet.ofLanguage(
                rows.stream().map(ReplayBuffer.Kept::ids).toArray(int[][]::new),
                rows.stream().map(ReplayBuffer.Kept::types).toArray(int[][]::new),
                rows.stream().map(ReplayBuffer.Kept::answers).toArray(int[][]::new));
    }

    private static TokenizedSet set(List<ReplayBuffer.Kept> rows, boolean regression) {
        float[] scores = new float[rows.size()];
        for (int i = 0; i < scores.length; i++) {
            scores[i] = rows.get(i).score();
        }
        return TokenizedSet.of(
                rows.stream().map(ReplayBuffer.Kept::ids).toArray(int[][]::new),
                rows.stream().map(ReplayBuffer.Kept::types).toArray(int[][]::new),
                rows.stream().mapToInt(ReplayBuffer.Kept::label).toArray(),
                scores,
                regression ? new Targets.Numbers() : new Targets.Classes(List.of()));
    }

    /** Replays the rows that the task before left, and writes those for the next tasks. */
    static Tuning add(Tuning tuning, ContinualConfig.Replay options, Standing standing, Inputs own) {
        TaskRows task = own.task();
        int number = standing.number(task.name());
        ReplayBuffer before = read(standing, tuning.network(), own);
        Tuning writing = tuning.withWriter(folder -> {
            tuning.writer().write(folder);
            try (NDManager scope = own.backend().scope()) {
                before.after(own.training(), number, options, own.options().seed())
                        .write(folder.resolve(Keeping.STATE), scope);
            }
        });
        if (before.rows().isEmpty()) {
            return writing;
        }
        TrainingOptions training = own.options();
        int fresh = training.batchSize() * training.gradientAccumulationSteps();
        Integer asked = options.batchSize();
        int drawn = Math.min(asked == null ? fresh : asked, before.rows().size());
        Replaying objective = new Replaying(task, standing.tasks(), new Heads(tuning.network()), before, drawn, fresh);
        StepPlan plan = StepPlan.of(own.training(), training);
        return writing.withObjective(objective)
                .withPlan(new StepPlan(
                        step -> objective.parts(plan.rows().apply(step), step, training),
                        plan.stepsPerEpoch(),
                        plan.totalSteps()));
    }

    private static ReplayBuffer read(Standing standing, Network network, Inputs own) {
        Path previous = standing.previous();
        if (previous == null) {
            return new ReplayBuffer(List.of(), 0);
        }
        long words = network.wordEmbeddings().shape().get(0);
        try (NDManager scope = own.backend().scope()) {
            return ReplayBuffer.read(
                    previous,
                    standing.before(own.task().name()),
                    new ReplayBuffer.Sizes(words, network.maxPositions()),
                    scope);
        }
    }

    /** The new rows, and those drawn for the step: each part of one task. */
    private List<StepPlan.Part> parts(List<StepPlan.Part> fresh, long step, TrainingOptions training) {
        int size = kinds.stream().mapToInt(kind -> kind.tasks.length).sum();
        SplittableRandom random = new SplittableRandom(training.seed() * 0x9E3779B97F4A7C15L + step);
        int[] chosen = Arrays.copyOf(ReplayBuffer.shuffled(size, random), drawn);
        List<StepPlan.Part> parts = new ArrayList<>(fresh);
        int first = 0;
        for (Kind kind : kinds) {
            Map<Integer, List<Integer>> byTask = new TreeMap<>();
            for (int row : chosen) {
                int own = row - first;
                if (own >= 0 && own < kind.tasks.length) {
                    byTask.computeIfAbsent(kind.tasks[own], _ -> new ArrayList<>())
                            .add(own);
                }
            }
            for (List<Integer> rows : byTask.values()) {
                for (int from = 0; from < rows.size(); from += training.batchSize()) {
                    List<Integer> some = rows.subList(from, Math.min(rows.size(), from + training.batchSize()));
                    parts.add(new StepPlan.Part(
                            kind.set, some.stream().mapToInt(row -> row).toArray()));
                }
            }
            first += kind.tasks.length;
        }
        return parts;
    }

    @Override
    @SuppressWarnings("ReferenceEquality") // Sets have no other identity.
    public NDArray lossSum(Batch batch, boolean training) {
        for (Kind kind : kinds) {
            if (batch.set() == kind.set) {
                return loss(batch, all.get(kind.tasks[batch.rows()[0]]), training)
                        .mul((float) kind.weight);
            }
        }
        return loss(batch, task, training).mul((float) newWeight);
    }

    private NDArray loss(Batch batch, TaskRows of, boolean training) {
        return heads.objective(of).lossSum(batch, training);
    }

    @Override
    public long units(TokenizedSet set, int[] rows) {
        return set.units(rows);
    }
}
