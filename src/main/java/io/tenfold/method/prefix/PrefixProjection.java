package io.tenfold.method.prefix;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.tenfold.model.common.DrawnLinear;
import io.tenfold.tensor.Activation;
import io.tenfold.tensor.Backend;
import io.tenfold.tensor.Initial;
import io.tenfold.tensor.Ops;
import io.tenfold.tensor.Parameter;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Two linear layers over a table, with tanh between (Li and Liang 2021, section 4.3). The second one is cut by what it
 * computes: a key's or a value's part for each layer, which are the same numbers.
 */
final class PrefixProjection implements PrefixEncoder {

    private final Parameter table;
    private final DrawnLinear inner;
    private final List<DrawnLinear> outer;
    private @Nullable NDArray states;

    private PrefixProjection(Parameter table, DrawnLinear inner, List<DrawnLinear> outer) {
        this.table = table;
        this.inner = inner;
        this.outer = outer;
    }

    /** @param width between the two layers */
    static PrefixProjection of(Backend backend, long seed, int count, int layers, int hidden, int width) {
        String name = NAME + "embedding.weight";
        List<DrawnLinear> outer = new ArrayList<>();
        for (int layer = 0; layer < layers; layer++) {
            outer.add(DrawnLinear.of(backend, seed, PrefixEncoder.name(layer, "key"), width, hidden));
            outer.add(DrawnLinear.of(backend, seed, PrefixEncoder.name(layer, "value"), width, hidden));
        }
        return new PrefixProjection(
                new Parameter(name, Initial.normal(backend, seed, name, 1, count, hidden)),
                DrawnLinear.of(backend, seed, NAME + "transform.0", hidden, width),
                List.copyOf(outer));
    }

    @Override
    public List<Parameter> parameters() {
        List<Parameter> parameters = new ArrayList<>(List.of(table));
        parameters.addAll(inner.parameters());
        outer.forEach(linear -> parameters.addAll(linear.parameters()));
        return parameters;
    }

    @Override
    public NDArray keys(NDManager scope, int layer) {
        NDArray shared = states;
        if (layer == 0 || shared == null) {
            NDArray first = inner.apply(table.value());
            first.attach(scope); // the table's manager outlives the pass
            shared = Ops.activation(Activation.TANH, first);
            states = shared;
        }
        return outer.get(2 * layer).apply(shared);
    }

    @Override
    public NDArray values(NDManager scope, int layer) {
        NDArray shared = states;
        if (shared == null) {
            throw new IllegalStateException("a layer's values are asked for after its keys");
        }
        return outer.get(2 * layer + 1).apply(shared);
    }
}
