package io.tenfold.method.multitask;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.tenfold.tensor.Gradients;
import io.tenfold.tensor.HeldGradients;
import io.tenfold.tensor.Parameters;
import io.tenfold.train.LoopHooks;
import io.tenfold.train.StepPlan;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the weights up to date and, where tasks' gradients are to be told apart, takes each task's away when its parts of
 * a step are done.
 */
final class MultitaskHooks implements LoopHooks {

    private static final String WEIGHTS = "multitask.weights";
    private static final String CONFLICTS = "multitask.conflicts";

    private final Tasks tasks;
    private final LossWeights weights;
    private final Shared shared;
    private final StepPlan plan;
    private final @Nullable Conflicts conflicts;
    private final long seed;
    private final NDManager manager;
    private final Map<String, NDArray> saved = new LinkedHashMap<>();
    private final List<HeldGradients> held = new ArrayList<>();
    private double[] norms = {};
    private List<StepPlan.Part> parts = List.of();

    /**
     * What the tasks share.
     *
     * @param all of the encoder's parameters
     * @param lastLayer those of its last layer
     */
    record Shared(Parameters all, Parameters lastLayer) {}

    /**
     * @param conflicts counts what is projected; null: gradients are summed
     * @param manager lives as long as the network
     */
    MultitaskHooks(
            Tasks tasks,
            LossWeights weights,
            Shared shared,
            StepPlan plan,
            @Nullable Conflicts conflicts,
            long seed,
            NDManager manager) {
        this.tasks = tasks;
        this.weights = weights;
        this.shared = shared;
        this.plan = plan;
        this.conflicts = conflicts;
        this.seed = seed;
        this.manager = manager;
    }

    @Override
    public void beforeStep(long step, long totalSteps) {
        weights.beforeStep(step);
        if (conflicts != null || weights.wantsNorms()) {
            parts = plan.rows().apply(step);
            norms = new double[tasks.count()];
        }
    }

    @Override
    public void afterBackward(StepPlan.Part rows, int part) {
        boolean more = part + 1 < parts.size() && parts.get(part + 1).set() == rows.set();
        if (parts.isEmpty() || more) {
            return;
        }
        if (weights.wantsNorms()) {
            norms[tasks.of(rows.set())] = Gradients.norm(shared.lastLayer());
        }
        held.add(HeldGradients.take(manager, conflicts == null ? shared.lastLayer() : shared.all()));
    }

    @Override
    public void transformGradients(long step) {
        if (held.isEmpty()) {
            return;
        }
        double[] factors = new double[held.size()];
        java.util.Arrays.fill(factors, 1);
        if (conflicts != null) {
            double[][] products = products();
            conflicts.add(products);
            factors = ConflictProjection.factors(products, ConflictProjection.orders(held.size(), seed, step));
        }
        for (int task = 0; task < factors.length; task++) {
            held.get(task).putBack(factors[task]);
        }
        held.forEach(HeldGradients::close);
        held.clear();
        if (weights.wantsNorms()) {
            weights.afterStep(norms);
        }
    }

    private double[][] products() {
        double[][] products = new double[held.size()][held.size()];
        for (int i = 0; i < products.length; i++) {
            products[i][i] = held.get(i).squaredNorm();
            for (int j = i + 1; j < products.length; j++) {
                products[i][j] = held.get(i).dot(held.get(j));
                products[j][i] = products[i][j];
            }
        }
        return products;
    }

    /** What was learned besides the model: {@code loss_weights} by task and {@code conflicts} by pair. */
    Map<String, Object> told() {
        Map<String, Object> told = new LinkedHashMap<>();
        if (weights.change()) {
            double[] now = weights.now();
            Map<String, Object> byTask = new LinkedHashMap<>();
            for (int task = 0; task < now.length; task++) {
                byTask.put(tasks.names().get(task), now[task]);
            }
            told.put("loss_weights", byTask);
        }
        if (conflicts != null) {
            told.put("conflicts", conflicts.told(tasks.names()));
        }
        return told;
    }

    @Override
    public Map<String, NDArray> state() {
        keep(WEIGHTS, weights.state());
        if (conflicts != null) {
            keep(CONFLICTS, conflicts.state());
        }
        return Map.copyOf(saved);
    }

    private void keep(String name, double[] numbers) {
        if (numbers.length > 0) {
            NDArray before = saved.put(name, manager.create(numbers));
            if (before != null) {
                before.close();
            }
        }
    }

    @Override
    public void restore(Map<String, NDArray> state, NDManager unused) {
        NDArray numbers = state.get(WEIGHTS);
        if (numbers != null) {
            weights.restore(numbers.toDoubleArray());
        }
        NDArray counted = state.get(CONFLICTS);
        if (counted != null && conflicts != null) {
            conflicts.restore(counted.toDoubleArray());
        }
    }
}
