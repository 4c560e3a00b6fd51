package io.tenfold.method.prompt;

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

/**
 * A bidirectional LSTM over a table and two linear layers with a rectifier between: PEFT's {@code LSTM} (Liu et al. 2021,
 * arXiv:2103.10385, section 3.2).
 *
 * @param lstm as {@link Ops#lstm} has them
 * @param dropout between the LSTM's layers
 */
record LstmEncoder(
        Parameter table, List<Parameter> lstm, int layers, double dropout, DrawnLinear first, DrawnLinear second)
        implements TokenEncoder {

    /** @param width of a direction's state */
    static LstmEncoder of(Backend backend, long seed, PTuningConfig config, int hidden, int width, double dropout) {
        List<Parameter> lstm = new ArrayList<>();
        for (int layer = 0; layer < config.encoderNumLayers(); layer++) {
            for (String direction : List.of("", "_reverse")) {
                String end = "_l" + layer + direction;
                lstm.add(drawn(backend, seed, "weight_ih" + end, width, 4L * width, layer == 0 ? hidden : 2L * width));
                lstm.add(drawn(backend, seed, "weight_hh" + end, width, 4L * width, width));
                lstm.add(drawn(backend, seed, "bias_ih" + end, width, 4L * width));
                lstm.add(drawn(backend, seed, "bias_hh" + end, width, 4L * width));
            }
        }
        return new LstmEncoder(
                TokenTable.random(backend, seed, config.numVirtualTokens(), hidden),
                List.copyOf(lstm),
                config.encoderNumLayers(),
                dropout,
                DrawnLinear.of(backend, seed, NAME + "mlp_head.0", 2L * width, 2L * width),
                DrawnLinear.of(backend, seed, NAME + "mlp_head.2", 2L * width, hidden));
    }

    /** All of an LSTM's weights and biases are uniform within {@code 1 / sqrt(width)} in PyTorch. */
    private static Parameter drawn(Backend backend, long seed, String end, int width, long... shape) {
        String name = NAME + "lstm_head." + end;
        return new Parameter(name, Initial.uniform(backend, seed, name, 1 / Math.sqrt((double) width), shape));
    }

    @Override
    public List<Parameter> parameters() {
        List<Parameter> parameters = new ArrayList<>(List.of(table));
        parameters.addAll(lstm);
        parameters.addAll(first.parameters());
        parameters.addAll(second.parameters());
        return parameters;
    }

    @Override
    public NDArray embeddings(NDManager scope, boolean training) {
        List<NDArray> weights = lstm.stream().map(Parameter::value).toList();
        NDArray states = Ops.lstm(table.value(), weights, layers, training ? dropout : 0);
        states.attach(scope); // the table's manager outlives the batch
        return second.apply(Ops.activation(Activation.RELU, first.apply(states)));
    }
}
