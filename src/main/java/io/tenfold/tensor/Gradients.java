package io.tenfold.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import java.util.ArrayList;
import java.util.List;

/** What is done to all gradients at once, in place. Parameters that no backward pass has reached are left out. */
public final class Gradients {

    private Gradients() {}

    /** The Euclidean norm over the gradients of all parameters together. */
    public static double norm(Iterable<Parameter> parameters) {
        List<NDArray> gradients = of(parameters);
        if (gradients.isEmpty()) {
            return 0;
        }
        NDList lists = new NDList();
        Bridge.list(lists, "g", gradients);
        try (Recording _ = Recording.off();
                NDArray norm = Bridge.get().call("norm", lists)) {
            return norm.getFloat();
        }
    }

    /**
     * Scales the gradients so that their norm is at most {@code maxNorm}, as {@code torch.nn.utils.clip_grad_norm_}.
     *
     * @return the norm before
     */
    public static double clip(Iterable<Parameter> parameters, double maxNorm) {
        double norm = norm(parameters);
        double factor = maxNorm / (norm + 1e-6);
        if (factor < 1) {
            scale(parameters, factor);
        }
        return norm;
    }

    /** Multiplies the gradients. */
    public static void scale(Iterable<Parameter> parameters, double factor) {
        try (NDArray number = Bridge.get().passing(factor)) {
            change("scale", parameters, number);
        }
    }

    /** Sets the gradients to zero. */
    public static void zero(Iterable<Parameter> parameters) {
        change("zero", parameters);
    }

    private static void change(String method, Iterable<Parameter> parameters, NDArray... arguments) {
        List<NDArray> gradients = of(parameters);
        if (!gradients.isEmpty()) {
            NDList lists = new NDList();
            Bridge.list(lists, "g", gradients);
            try (Recording _ = Recording.off()) {
                Bridge.get().call(method, lists, arguments).close();
            }
        }
    }

    private static List<NDArray> of(Iterable<Parameter> parameters) {
        List<NDArray> gradients = new ArrayList<>();
        for (Parameter parameter : parameters) {
            NDArray gradient = parameter.gradient();
            if (gradient != null) {
                gradients.add(gradient);
            }
        }
        return gradients;
    }
}
