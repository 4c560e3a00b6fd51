package io.tenfold.method.prompt;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.tenfold.model.common.DrawnLinear;
import io.tenfold.tensor.Activation;
import io.tenfold.tensor.Backend;
import io.tenfold.tensor.Ops;
import io.tenfold.tensor.Parameter;
import java.util.ArrayList;
import java.util.List;

/** Three linear layers over a table, with rectifiers between: PEFT's {@code MLP}. */
record MlpEncoder(Parameter table, DrawnLinear first, DrawnLinear second, DrawnLinear third) implements TokenEncoder {

    /** @param width of the inner layers */
    static MlpEncoder of(Backend backend, long seed, int count, int hidden, int width) {
        return new MlpEncoder(
                TokenTable.random(backend, seed, count, hidden),
                DrawnLinear.of(backend, seed, NAME + "mlp_head.0", hidden, width),
                DrawnLinear.of(backend, seed, NAME + "mlp_head.2", width, width),
                DrawnLinear.of(backend, seed, NAME + "mlp_head.4", width, hidden));
    }

    @Override
    public List<Parameter> parameters() {
        List<Parameter> parameters = new ArrayList<>(List.of(table));
        parameters.addAll(first.parameters());
        parameters.addAll(second.parameters());
        parameters.addAll(third.parameters());
        return parameters;
    }

    @Override
    public NDArray embeddings(NDManager scope, boolean training) {
        NDArray inner = first.apply(table.value());
        inner.attach(scope); // the table's manager outlives the batch
        NDArray middle = second.apply(Ops.activation(Activation.RELU, inner));
        return third.apply(Ops.activation(Activation.RELU, middle));
    }
}
