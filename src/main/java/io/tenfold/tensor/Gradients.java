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
     * What to multiply gradients of a norm with so that it is at most {@code maxNorm}, as {@code
     * torch.nn.utils.clip_grad_norm_}; no limit where that is 0.
     */
    public static double clipFactor(double norm, double maxNorm) {
        return maxNorm > 0 ? Math.min(1, maxNorm / (norm + 1e-6)) : 1;
    }

    /** Forgets the gradients and frees their memory. */
    public static void drop(Iterable<Parameter> parameters) {
        parameters.forEach(Parameter::dropGradient);
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
