package io.tenfold.method.multitask;

import io.tenfold.data.BatchPlan;
import io.tenfold.data.TokenizedSet;
import io.tenfold.job.TrainingOptions;
import io.tenfold.method.multitask.MultitaskConfig.Sampling;
import io.tenfold.train.StepPlan;
import io.tenfold.train.StepPlan.Part;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Which task's rows a step sees. Each task's rows go round in their own order, as far as its turns take it; all follows
 * from seed and step alone.
 *
 * <p>One task a step (MT-DNN, Liu et al. 2019, arXiv:1901.11504, algorithm 1): an epoch has a fixed number of turns of
 * each task, in an order drawn for the epoch; without {@code training.shuffle} they are spread evenly. Or all tasks in
 * each step: a step's rows are divided among them.
 */
final class TurnPlan {

    private final List<TokenizedSet> sets;
    private final TrainingOptions options;
    private final int[] turns;
    private final int[] order;
    private final BatchPlan shuffled;
    private final List<BatchPlan> batches = new ArrayList<>();
    private volatile @Nullable Epoch last;

    /**
     * The turns of one epoch.
     *
     * @param tasks whose turn each step is
     * @param ranks how many turns of the same task come before in the epoch
     */
    private record Epoch(long number, int[] tasks, int[] ranks) {}

    private TurnPlan(List<TokenizedSet> sets, MultitaskConfig config, TrainingOptions options) {
        this.sets = sets;
        this.options = options;
        for (int task = 0; task < sets.size(); task++) {
            batches.add(batches(sets, options, task, rowsInStep(options)));
        }
        int[] sizes = batches.stream().mapToInt(BatchPlan::batchesPerEpoch).toArray();
        int steps = IntStream.of(sizes).sum();
        boolean inTurn = config.sampling() == Sampling.ROUND_ROBIN;
        if (inTurn) {
            steps = Math.ceilDiv(steps, sizes.length) * sizes.length;
        }
        turns = shares(steps, weights(sizes, config));
        order = spread(turns);
        shuffled = new BatchPlan(steps, steps, options.seed() + sets.size(), options.shuffle() && !inTurn);
    }

    /**
     * The plan for some tasks.
     *
     * @param sets the tasks' training rows
     */
    static StepPlan of(List<TokenizedSet> sets, MultitaskConfig config, TrainingOptions options) {
        if (config.joint()) {
            return together(sets, config, options);
        }
        TurnPlan plan = new TurnPlan(sets, config, options);
        return StepPlan.of(plan::parts, plan.order.length, options);
    }

    private static int rowsInStep(TrainingOptions options) {
        return options.batchSize() * options.gradientAccumulationSteps();
    }

    private static BatchPlan batches(List<TokenizedSet> sets, TrainingOptions options, int task, int atOnce) {
        return new BatchPlan(sets.get(task).size(), atOnce, options.seed() + task, options.shuffle());
    }

    private List<Part> parts(long step) {
        long epoch = (step - 1) / order.length;
        int turn = (int) ((step - 1) % order.length);
        Epoch now = epoch(epoch);
        int task = now.tasks()[turn];
        return parts(
                sets.get(task), batches.get(task).batch(epoch * turns[task] + now.ranks()[turn]), options.batchSize());
    }

    private Epoch epoch(long number) {
        Epoch known = last;
        if (known == null || known.number() != number) {
            int[] tasks = Arrays.stream(shuffled.batch(number))
                    .map(place -> order[place])
                    .toArray();
            int[] seen = new int[sets.size()];
            known = new Epoch(
                    number,
                    tasks,
                    Arrays.stream(tasks).map(task -> seen[task]++).toArray());
            last = known;
        }
        return known;
    }

    private static StepPlan together(List<TokenizedSet> sets, MultitaskConfig config, TrainingOptions options) {
        int[] sizes = sets.stream().mapToInt(TokenizedSet::size).toArray();
        int rows = rowsInStep(options) * sizes.length;
        int[] shares = shares(rows, weights(sizes, config));
        List<BatchPlan> batches = IntStream.range(0, sizes.length)
                .mapToObj(task -> batches(sets, options, task, shares[task]))
                .toList();
        long steps = Math.ceilDiv(IntStream.of(sizes).asLongStream().sum(), rows);
        return StepPlan.of(
                step -> IntStream.range(0, sizes.length)
                        .boxed()
                        .flatMap(task ->
                                parts(sets.get(task), batches.get(task).batch(step - 1), options.batchSize()).stream())
                        .toList(),
                steps,
                options);
    }

    /** Rows of a task, no more at once than fit. */
    private static List<Part> parts(TokenizedSet set, int[] rows, int most) {
        List<Part> parts = new ArrayList<>();
        for (int from = 0; from < rows.length; from += most) {
            parts.add(new Part(set, Arrays.copyOfRange(rows, from, Math.min(rows.length, from + most))));
        }
        return parts;
    }

    private static double[] weights(int[] sizes, MultitaskConfig config) {
        return Arrays.stream(sizes)
                .mapToDouble(size -> config.sampling() == Sampling.ROUND_ROBIN
                        ? 1
                        : Math.pow(size, 1 / config.samplingTemperature()))
                .toArray();
    }

    /**
     * Divides a whole number by weights: each has at least one, and is otherwise as near to its part as whole numbers are
     * (largest remainders; of equal ones the first).
     */
    static int[] shares(int total, double[] weights) {
        double all = Arrays.stream(weights).sum();
        double[] exact =
                Arrays.stream(weights).map(weight -> total * weight / all).toArray();
        int[] shares = Arrays.stream(exact)
                .mapToInt(part -> Math.max(1, (int) Math.floor(part)))
                .toArray();
        int left = total - IntStream.of(shares).sum();
        for (; left > 0; left--) {
            shares[most(IntStream.range(0, shares.length), i -> exact[i] - shares[i])]++;
        }
        for (; left < 0; left++) {
            shares[most(IntStream.range(0, shares.length).filter(i -> shares[i] > 1), i -> shares[i] - exact[i])]--;
        }
        return shares;
    }

    private static int most(IntStream tasks, java.util.function.IntToDoubleFunction of) {
        return tasks.boxed()
                .max(Comparator.<Integer>comparingDouble(of::applyAsDouble).thenComparing(Comparator.reverseOrder()))
                .orElseThrow();
    }

    /** The tasks' turns with equal distances between those of each: the k-th of n at (k + ½) / n. */
    private static int[] spread(int[] turns) {
        record Turn(int task, double at) {}
        return IntStream.range(0, turns.length)
                .boxed()
                .flatMap(task -> IntStream.range(0, turns[task]).mapToObj(k -> new Turn(task, (k + 0.5) / turns[task])))
                .sorted(Comparator.comparingDouble(Turn::at).thenComparingInt(Turn::task))
                .mapToInt(Turn::task)
                .toArray();
    }
}
