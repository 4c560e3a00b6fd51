package io.tenfold.method.distillation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.tenfold.model.LinearOp;
import io.tenfold.model.LinearSite;
import io.tenfold.model.ModelHooks;
import io.tenfold.tensor.Ops;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Looks at what a model's layers make, and changes nothing: the input of a layer, its queries, keys, values. What is seen
 * lives as long as the scope of the batch; see {@link #during}.
 */
final class Taps implements ModelHooks {

    /** A place in a model. */
    record Point(int layer, Kind kind) {}

    /** What can be seen of a layer. */
    enum Kind {
        /** What the layer below made, or the embeddings, [tokens, width]. */
        INPUT,
        /** [tokens, width], a head after the other. */
        QUERY,
        /** As the queries. */
        KEY,
        /** As the queries. */
        VALUE
    }

    private static final Map<String, Kind> KINDS = Map.of(
            "query",
            Kind.QUERY,
            "q_lin",
            Kind.QUERY,
            "key",
            Kind.KEY,
            "k_lin",
            Kind.KEY,
            "value",
            Kind.VALUE,
            "v_lin",
            Kind.VALUE);

    private final Set<Point> wanted;
    private final Map<Point, NDArray> seen = new HashMap<>();
    private @Nullable NDManager scope;

    Taps(Set<Point> wanted) {
        this.wanted = Set.copyOf(wanted);
    }

    @Override
    public LinearOp linear(LinearSite site, LinearOp plain) {
        Kind kind = KINDS.get(site.name().substring(site.name().lastIndexOf('.') + 1));
        if (kind == null || site.layer() < 0) {
            return plain;
        }
        Point input = new Point(site.layer(), Kind.INPUT);
        Point output = new Point(site.layer(), kind);
        boolean seesInput = kind == Kind.QUERY && wanted.contains(input);
        boolean seesOutput = wanted.contains(output);
        if (!seesInput && !seesOutput) {
            return plain;
        }
        return (x, training) -> {
            NDArray y = plain.apply(x, training);
            if (seesInput) {
                see(input, x);
            }
            if (seesOutput) {
                see(output, y);
            }
            return y;
        };
    }

    /** A layer's arrays are closed with the layer: another handle stays until the batch ends. */
    private void see(Point point, NDArray array) {
        if (scope != null) {
            NDArray handle = Ops.alias(array);
            handle.attach(scope);
            seen.put(point, handle);
        }
    }

    /**
     * Looks on until the returned is closed; what was seen then is forgotten.
     *
     * @param batch what the seen arrays are attached to
     */
    Looking during(NDManager batch) {
        scope = batch;
        return new Looking();
    }

    /** A pass that is looked at. */
    final class Looking implements AutoCloseable {

        /** What was seen at a point that was wanted. */
        NDArray at(int layer, Kind kind) {
            return Objects.requireNonNull(seen.get(new Point(layer, kind)), "nothing passed there");
        }

        @Override
        public void close() {
            seen.clear();
            scope = null;
        }
    }
}
