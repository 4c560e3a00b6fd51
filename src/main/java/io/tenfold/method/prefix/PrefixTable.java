package io.tenfold.method.prefix;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.tenfold.tensor.Backend;
import io.tenfold.tensor.Initial;
import io.tenfold.tensor.Parameter;
import java.util.ArrayList;
import java.util.List;

/**
 * The keys and values themselves. PEFT has them side by side in one table; here each is its own, so that no pass has to cut
 * them out: key of layer 0, value of layer 0, key of layer 1, …
 */
record PrefixTable(List<Parameter> parameters) implements PrefixEncoder {

    /** Standard normal numbers, as PyTorch draws a table. */
    static PrefixTable of(Backend backend, long seed, int count, int layers, int hidden) {
        List<Parameter> parameters = new ArrayList<>();
        for (int layer = 0; layer < layers; layer++) {
            for (String part : List.of("key", "value")) {
                String name = PrefixEncoder.name(layer, part);
                parameters.add(new Parameter(name, Initial.normal(backend, seed, name, 1, count, hidden)));
            }
        }
        return new PrefixTable(List.copyOf(parameters));
    }

    /** Of PEFT's table, [count, layers * 2 * hidden]. */
    static PrefixTable of(float[] table, Backend backend, int count, int layers, int hidden) {
        List<Parameter> parameters = new ArrayList<>();
        for (int part = 0; part < 2 * layers; part++) {
            float[] own = new float[count * hidden];
            for (int token = 0; token < count; token++) {
                System.arraycopy(table, (token * 2 * layers + part) * hidden, own, token * hidden, hidden);
            }
            String name = PrefixEncoder.name(part / 2, part % 2 == 0 ? "key" : "value");
            parameters.add(new Parameter(name, backend.manager().create(own, new Shape(count, hidden))));
        }
        return new PrefixTable(List.copyOf(parameters));
    }

    @Override
    public NDArray keys(NDManager scope, int layer) {
        return parameters.get(2 * layer).value();
    }

    @Override
    public NDArray values(NDManager scope, int layer) {
        return parameters.get(2 * layer + 1).value();
    }
}
