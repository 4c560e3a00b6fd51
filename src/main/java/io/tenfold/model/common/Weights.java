package io.tenfold.model.common;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.tenfold.checkpoint.SafetensorsReader;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import io.tenfold.model.LoadReport;
import io.tenfold.tensor.Initial;
import io.tenfold.tensor.Ops;
import io.tenfold.tensor.Parameter;
import io.tenfold.tensor.Parameters;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Takes a model's parameters out of a checkpoint, one after another in the model's order: under their name, without the
 * model's prefix ({@code bert.}), or with the names that norms had in old files ({@code LayerNorm.gamma}). What may be
 * absent is drawn from the seed. {@link #finish} tells what was missing and what is left over.
 */
public final class Weights {

    private static final int NAMED = 5;
    private static final int MOST_MISSING = 500;

    /** Where arrays come from: the parameter's name, and the tensor's in the file. */
    interface Source {
        NDArray read(String name, String key, boolean transposed);
    }

    private final NDManager manager;
    private final SafetensorsReader file;
    private final Source source;
    private final boolean shared;
    private final String prefix;
    private final double initializerRange;
    private final long seed;
    private final Parameters parameters = new Parameters();
    private final List<String> missing = new ArrayList<>();
    private final List<String> drawn = new ArrayList<>();
    private final Set<String> transposed = new HashSet<>();

    /**
     * Over an open checkpoint.
     *
     * @param manager of the parameters
     * @param prefix the model's, such as {@code bert.}
     * @param initializerRange the standard deviation of weights that are drawn
     */
    public Weights(NDManager manager, SafetensorsReader file, String prefix, double initializerRange, long seed) {
        this(
                manager,
                file,
                (_, key, transposed) -> read(file, key, transposed, manager),
                false,
                prefix,
                initializerRange,
                seed);
    }

    /**
     * Over a checkpoint whose arrays several networks share; nothing is drawn by a seed of its own.
     *
     * @param own names of the parameters that this network has for itself
     */
    public Weights(
            NDManager manager, SharedWeights shared, Predicate<String> own, String prefix, double initializerRange) {
        this(manager, shared.file(), shared.except(own, manager), false, prefix, initializerRange, 0);
    }

    /** Over such a checkpoint, where each parameter takes a copy before it is changed. */
    public Weights(NDManager manager, SharedWeights shared, String prefix, double initializerRange, long seed) {
        this(manager, shared.file(), shared.except(_ -> false, manager), true, prefix, initializerRange, seed);
    }

    private Weights(
            NDManager manager,
            SafetensorsReader file,
            Source source,
            boolean shared,
            String prefix,
            double initializerRange,
            long seed) {
        this.manager = manager;
        this.file = file;
        this.source = source;
        this.shared = shared;
        this.prefix = prefix;
        this.initializerRange = initializerRange;
        this.seed = seed;
    }

    /** A parameter that the checkpoint must have; a shape other than the config's is {@code bad_model}. */
    public Parameter take(String name, long... shape) {
        return take(name, false, shape);
    }

    /**
     * A weight that the file keeps transposed, as GPT-2's {@code Conv1D} does: here it is [out, in] like every other.
     *
     * @see #transposed
     */
    public Parameter takeTransposed(String name, long out, long in) {
        transposed.add(name);
        return take(name, true, out, in);
    }

    /** The parameters that the file keeps transposed. */
    Set<String> transposed() {
        return transposed;
    }

    private Parameter take(String name, boolean inverse, long... shape) {
        String key = key(name);
        if (key == null) {
            missing.add(name);
            if (missing.size() > MOST_MISSING) {
                finish();
            }
            // Refused in the end; until then it must not cost what a lying config.json asks for.
            return add(name, manager.zeros(new Shape(1)).broadcast(new Shape(shape)));
        }
        Shape wanted = inverse ? new Shape(shape[1], shape[0]) : new Shape(shape);
        Shape found = file.info(key).shape();
        if (!found.equals(wanted)) {
            throw bad(
                    "tensor %s has shape %s in %s, but config.json asks for %s; weights and config belong to different models"
                            .formatted(key, found, file.info(key).file(), wanted));
        }
        NDArray value = source.read(name, key, inverse);
        return add(shared ? Parameter.shared(name, value, manager) : new Parameter(name, value));
    }

    /**
     * A parameter that the checkpoint may lack: a head's, or a pooler's. One of another shape belongs to another task.
     * Weights are drawn from N(0, initializerRange), biases are zero, as in Transformers.
     */
    public Parameter takeOrDraw(String name, long... shape) {
        String key = key(name);
        if (key != null && file.info(key).shape().equals(new Shape(shape))) {
            // Never shared: an artifact brings its own values for these.
            return add(name, read(file, key, false, manager));
        }
        drawn.add(name);
        return add(
                name,
                shape.length == 1
                        ? manager.zeros(new Shape(shape))
                        : Initial.normal(manager, seed, name, initializerRange, shape));
    }

    /** A norm's weight that the checkpoint lacks: ones, as in Transformers. */
    Parameter drawOnes(String name, long width) {
        drawn.add(name);
        return add(name, manager.ones(new Shape(width)));
    }

    /** Whether the checkpoint has a tensor for the name, under whichever spelling. */
    public boolean has(String name) {
        return spellings(name).stream().anyMatch(file::contains);
    }

    /** Whether the checkpoint lacked a parameter. */
    boolean drew(String name) {
        return drawn.contains(name);
    }

    static NDArray read(SafetensorsReader file, String key, boolean transposed, NDManager manager) {
        DataType type = file.info(key).type().readAs();
        if (!type.isFloating()) {
            throw bad("tensor %s has type %s in %s; weights must be floating point"
                    .formatted(key, file.info(key).type(), file.info(key).file()));
        }
        NDArray array = file.read(manager, key);
        NDArray numbers = type == DataType.FLOAT32 ? array : array.toType(DataType.FLOAT32, false);
        if (!transposed) {
            return numbers;
        }
        try (numbers) {
            return Ops.transposed(numbers);
        }
    }

    private @Nullable String key(String name) {
        for (String spelling : spellings(name)) {
            if (file.contains(spelling)) {
                return spelling;
            }
        }
        return null;
    }

    private List<String> spellings(String name) {
        List<String> spellings = new ArrayList<>(List.of(name));
        if (name.startsWith(prefix)) {
            spellings.add(name.substring(prefix.length()));
        }
        for (String spelling : List.copyOf(spellings)) {
            if (spelling.endsWith("LayerNorm.weight")) {
                spellings.add(spelling.replaceFirst("weight$", "gamma"));
            } else if (spelling.endsWith("LayerNorm.bias")) {
                spellings.add(spelling.replaceFirst("bias$", "beta"));
            }
        }
        return spellings;
    }

    private Parameter add(String name, NDArray value) {
        return add(new Parameter(name, value));
    }

    private Parameter add(Parameter parameter) {
        parameters.add(parameter);
        return parameter;
    }

    /** What was taken so far, in order. */
    public Parameters parameters() {
        return parameters;
    }

    /** Refuses a checkpoint that lacks weights of the model, and reports the rest. */
    public LoadReport finish() {
        if (!missing.isEmpty()) {
            throw bad(
                    "the checkpoint lacks %d weights that config.json asks for: %s%s; it belongs to another model, or is incomplete"
                            .formatted(
                                    missing.size(),
                                    String.join(", ", missing.subList(0, Math.min(NAMED, missing.size()))),
                                    missing.size() > NAMED ? ", …" : ""));
        }
        return new LoadReport(drawn);
    }

    private static JobException bad(String message) {
        return new JobException(ErrorCode.BAD_MODEL, "model", message);
    }
}
