package io.tenfold.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Adam with decoupled weight decay (Loshchilov and Hutter 2019, arXiv:1711.05101, algorithm 2), one fused call a group.
 * Its arrays belong to the manager it was made with.
 */
public final class AdamW {

    /** Adam's constants, as Transformers sets them. */
    public record Options(double beta1, double beta2, double epsilon) {
        public static final Options DEFAULT = new Options(0.9, 0.999, 1e-8);
    }

    /**
     * Parameters that share their settings.
     *
     * @param learningRateScale multiplies the rate given to {@link #step}
     */
    public record Group(List<Parameter> parameters, double learningRateScale, double weightDecay) {
        public Group {
            parameters = List.copyOf(parameters);
        }
    }

    private record State(Parameter parameter, NDArray mean, NDArray variance, NDArray steps) {}

    private record States(Group group, List<State> states) {}

    private final List<States> groups = new ArrayList<>();
    private final Options options;

    public AdamW(NDManager manager, List<Group> groups, Options options) {
        this.options = options;
        for (Group group : groups) {
            List<State> states = group.parameters().stream()
                    .map(parameter -> new State(
                            parameter,
                            Bridge.guarded(() -> manager.zeros(parameter.shape())),
                            Bridge.guarded(() -> manager.zeros(parameter.shape())),
                            manager.zeros(new Shape())))
                    .toList();
            this.groups.add(new States(group, states));
        }
    }

    /**
     * Updates every parameter that has a gradient.
     *
     * @param clipFactor multiplies the gradients on the way, see {@link Gradients#clipFactor}; what it leaves in them is
     *     not told
     */
    public void step(double learningRate, double clipFactor) {
        try (Recording _ = Recording.off()) {
            for (States states : groups) {
                update(states, learningRate * states.group().learningRateScale(), clipFactor);
            }
        }
    }

    private void update(States states, double learningRate, double clipFactor) {
        List<NDArray> values = new ArrayList<>();
        List<NDArray> gradients = new ArrayList<>();
        List<NDArray> means = new ArrayList<>();
        List<NDArray> variances = new ArrayList<>();
        List<NDArray> steps = new ArrayList<>();
        for (State state : states.states()) {
            NDArray gradient = state.parameter().gradient();
            if (gradient != null) {
                values.add(state.parameter().value());
                gradients.add(gradient);
                means.add(state.mean());
                variances.add(state.variance());
                steps.add(state.steps());
            }
        }
        if (values.isEmpty()) {
            return;
        }
        NDList lists = new NDList();
        Bridge.list(lists, "p", values);
        Bridge.list(lists, "g", gradients);
        Bridge.list(lists, "m", means);
        Bridge.list(lists, "v", variances);
        Bridge.list(lists, "s", steps);
        Bridge bridge = Bridge.get();
        try (NDArray rate = bridge.passing(learningRate);
                NDArray divisor = bridge.passing(1 / clipFactor)) {
            bridge.call(
                            "adamw",
                            lists,
                            rate,
                            divisor,
                            bridge.scalar(options.beta1()),
                            bridge.scalar(options.beta2()),
                            bridge.scalar(options.epsilon()),
                            bridge.scalar(states.group().weightDecay()))
                    .close();
        }
    }

    /**
     * The state itself, not a copy, for a checkpoint: for each parameter {@code <name>.exp_avg}, {@code
     * <name>.exp_avg_sq} and {@code <name>.step}.
     */
    public Map<String, NDArray> state() {
        Map<String, NDArray> named = new LinkedHashMap<>();
        for (States states : groups) {
            for (State state : states.states()) {
                String name = state.parameter().name();
                named.put(name + ".exp_avg", state.mean());
                named.put(name + ".exp_avg_sq", state.variance());
                named.put(name + ".step", state.steps());
            }
        }
        return named;
    }

    /**
     * Goes on from a saved state, bit for bit.
     *
     * @param saved gives the array of a name, or null; each is closed before the next is asked for
     * @throws TensorException when an array is missing or has another shape
     */
    public void restore(Function<String, @Nullable NDArray> saved) {
        state().forEach((name, array) -> {
            NDArray from = saved.apply(name);
            if (from == null || !from.getShape().equals(array.getShape())) {
                throw new TensorException("the optimiser's state has %s for %s, which needs shape %s"
                        .formatted(from == null ? "nothing" : from.getShape(), name, array.getShape()));
            }
            Ops.copy(from, array);
            from.close();
        });
    }
}
