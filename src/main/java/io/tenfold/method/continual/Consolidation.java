package io.tenfold.method.continual;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.tenfold.checkpoint.SafetensorsReader;
import io.tenfold.checkpoint.SafetensorsWriter;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import io.tenfold.tensor.Ops;
import io.tenfold.tensor.Parameter;
import io.tenfold.tensor.Parameters;
import io.tenfold.tensor.Recording;
import io.tenfold.train.Inputs;
import io.tenfold.train.LoopHooks;
import io.tenfold.train.Tuning;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Elastic weight consolidation (Kirkpatrick et al. 2017, arXiv:1612.00796, eq. 3), with Avalanche's scale: the loss has
 * {@code lambda * Σ F (θ - θ*)²} over the weights that the tasks share.
 *
 * <p>A penalty for each task needs no tensors for each task: {@code Σₜ Fₜ (θ - θₜ)²} is, up to a constant, {@code (Σₜ Fₜ) (θ -
 * θ̄)²} around the centres' mean, weighted by {@code Fₜ} (Huszár 2018, arXiv:1712.03847). So there is one F and one anchor,
 * whether online or not, and the gradients are the same.
 */
final class Consolidation implements LoopHooks {

    private static final String FISHER = "fisher.";
    private static final String ANCHOR = "anchor.";

    private final Parameters shared;
    private final Map<String, NDArray> state;
    private final double lambda;

    private Consolidation(Parameters shared, Map<String, NDArray> state, double lambda) {
        this.shared = shared;
        this.state = state;
        this.lambda = lambda;
    }

    /** Holds the weights as the files of the task before say, and writes what the next tasks need. */
    static Tuning add(Tuning tuning, ContinualConfig.Ewc options, Standing standing, Inputs own) {
        Parameters shared = Heads.shared(tuning.network().parameters());
        NDManager manager = own.backend().manager().newSubManager();
        tuning.network().closeWithIt(manager);
        Map<String, NDArray> before = read(standing.previous(), shared, manager);
        Tuning writing = tuning.withWriter(folder -> {
            tuning.writer().write(folder);
            try (NDManager scope = own.backend().scope();
                    Recording _ = Recording.off()) {
                Map<String, NDArray> fisher = Fisher.of(folder, own, options.fisherSamples(), scope);
                SafetensorsWriter.write(folder.resolve(Keeping.STATE), combined(shared, before, fisher, options));
            }
        });
        return before.isEmpty() ? writing : writing.withHooks(new Consolidation(shared, before, options.lambda()));
    }

    private static Map<String, NDArray> read(@Nullable Path previous, Parameters shared, NDManager manager) {
        if (previous == null) {
            return Map.of();
        }
        Path file = previous.resolve(Keeping.STATE);
        if (!Files.exists(file)) {
            throw bad("there is no %s".formatted(Keeping.STATE));
        }
        try (SafetensorsReader reader = SafetensorsReader.open(file)) {
            for (Parameter parameter : shared) {
                for (String kind : new String[] {FISHER, ANCHOR}) {
                    String name = kind + parameter.name();
                    if (!reader.contains(name) || !reader.info(name).shape().equals(parameter.shape())) {
                        throw bad("%s has no %s of shape %s".formatted(Keeping.STATE, name, parameter.shape()));
                    }
                }
            }
            return reader.readAll(manager);
        }
    }

    private static JobException bad(String what) {
        return new JobException(
                ErrorCode.BAD_MODEL,
                "method.from",
                "strategy ewc needs the Fisher information of the earlier tasks, but %s; give an artifact that ewc made on this model, or take strategy lwf or naive"
                        .formatted(what));
    }

    private static Map<String, NDArray> combined(
            Parameters shared, Map<String, NDArray> before, Map<String, NDArray> fisher, ContinualConfig.Ewc options) {
        Map<String, NDArray> after = new LinkedHashMap<>();
        for (Parameter parameter : shared) {
            NDArray now = fisher.get(parameter.name());
            NDArray earlier = before.get(FISHER + parameter.name());
            NDArray anchor = before.get(ANCHOR + parameter.name());
            if (now == null) {
                throw new IllegalStateException(parameter.name());
            }
            NDArray value = parameter.value();
            if (earlier != null && anchor != null) {
                value = options.online() ? value : Ops.weightedMean(anchor, earlier, value, now);
                now = Ops.addScaled(now, earlier, options.online() ? options.decay() : 1);
            }
            after.put(FISHER + parameter.name(), now);
            after.put(ANCHOR + parameter.name(), value);
        }
        return after;
    }

    /** {@code 2 lambda F (θ - θ*)}: the penalty's gradient, once a step, however many parts that has. */
    @Override
    public void transformGradients(long step) {
        for (Parameter parameter : shared) {
            NDArray gradient = parameter.gradient();
            NDArray fisher = state.get(FISHER + parameter.name());
            NDArray anchor = state.get(ANCHOR + parameter.name());
            if (gradient != null && fisher != null && anchor != null) {
                Ops.pull(gradient, parameter.value(), anchor, fisher, 2 * lambda);
            }
        }
    }
}
