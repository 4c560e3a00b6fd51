package io.tenfold.method.adapter;

import ai.djl.ndarray.NDArray;
import io.tenfold.model.SublayerOp;
import io.tenfold.tensor.Activation;
import io.tenfold.tensor.Ops;
import io.tenfold.tensor.Parameter;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * One bottleneck at the end of a sublayer, {@code a(x) = scaling · up(f(down(x)))}. With the sublayer's input {@code r}
 * and its output {@code h}, where the plain model gives {@code norm(r + h)}:
 *
 * <pre>
 * houlsby   norm(r + h + a(h))               Houlsby et al. 2019, section 2.1
 * pfeiffer  norm(r + h + a(norm(r + h)))     Pfeiffer et al. 2020, section 3.2.2
 * parallel  norm(r + h + a(r))               He et al. 2021, table 1
 * </pre>
 *
 * @param downWeight [width, hidden]
 * @param downBias [width]
 * @param upWeight [hidden, width]
 * @param upBias [hidden]
 */
record Bottleneck(
        BottleneckConfig config,
        Activation activation,
        Parameter downWeight,
        Parameter downBias,
        Parameter upWeight,
        Parameter upBias)
        implements SublayerOp {

    List<Parameter> parameters() {
        return List.of(downWeight, downBias, upWeight, upBias);
    }

    @Override
    public NDArray apply(NDArray output, NDArray residual, UnaryOperator<NDArray> norm, boolean training) {
        NDArray adapted = config.parallel()
                ? Ops.addScaled(output, transform(residual), config.scaling())
                : sequential(output, residual, norm);
        return config.normAfter() ? norm.apply(Ops.add(adapted, residual)) : adapted;
    }

    private NDArray sequential(NDArray output, NDArray residual, UnaryOperator<NDArray> norm) {
        NDArray read = config.normBefore() ? norm.apply(Ops.add(output, residual)) : output;
        NDArray around =
                switch (config.around()) {
                    case OUTPUT -> output;
                    case SUM -> Ops.add(output, residual);
                    case INPUT -> read;
                };
        return Ops.addScaled(around, transform(read), config.scaling());
    }

    private NDArray transform(NDArray x) {
        NDArray down = Ops.linear(x, downWeight.value(), downBias.value());
        return Ops.linear(Ops.activation(activation, down), upWeight.value(), upBias.value());
    }
}
