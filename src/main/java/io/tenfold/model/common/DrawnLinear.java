package io.tenfold.model.common;

import ai.djl.ndarray.NDArray;
import io.tenfold.tensor.Backend;
import io.tenfold.tensor.Initial;
import io.tenfold.tensor.Ops;
import io.tenfold.tensor.Parameter;
import java.util.List;

/** A new linear layer of a method's own, which no checkpoint has. */
public record DrawnLinear(Parameter weight, Parameter bias) {

    /** {@code name.weight} and {@code name.bias}, uniform within {@code 1 / sqrt(in)} as PyTorch draws them. */
    public static DrawnLinear of(Backend backend, long seed, String name, long in, long out) {
        double bound = 1 / Math.sqrt((double) in);
        String weight = name + ".weight";
        String bias = name + ".bias";
        return new DrawnLinear(
                new Parameter(weight, Initial.uniform(backend, seed, weight, bound, out, in)),
                new Parameter(bias, Initial.uniform(backend, seed, bias, bound, out)));
    }

    /**
     * Applies the layer.
     *
     * @param x [n, in]
     * @return [n, out], of x's manager
     */
    public NDArray apply(NDArray x) {
        return Ops.linear(x, weight.value(), bias.value());
    }

    /** Weight and bias. */
    public List<Parameter> parameters() {
        return List.of(weight, bias);
    }
}
