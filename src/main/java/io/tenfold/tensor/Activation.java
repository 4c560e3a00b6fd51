package io.tenfold.tensor;

import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The non-linearities of the models, under the names that Transformers' {@code hidden_act} uses. */
public enum Activation {
    /** Gaussian error linear unit by the error function (Hendrycks and Gimpel 2016, arXiv:1606.08415). */
    GELU("gelu"),
    /** The same by its tanh approximation: {@code gelu_new} and {@code gelu_pytorch_tanh} in Transformers. */
    GELU_TANH("gelu_tanh"),
    RELU("relu"),
    /** {@code x * sigmoid(x)}, also called swish. */
    SILU("silu"),
    TANH("tanh");

    private static final Map<String, Activation> BY_NAME = new TreeMap<>(Map.of(
            "gelu", GELU,
            "gelu_python", GELU,
            "gelu_new", GELU_TANH,
            "gelu_pytorch_tanh", GELU_TANH,
            "relu", RELU,
            "silu", SILU,
            "swish", SILU,
            "tanh", TANH));

    private final String op;

    Activation(String op) {
        this.op = op;
    }

    /** The one that Transformers' {@code get_activation} gives for a name; null for a name that is not known here. */
    public static @Nullable Activation named(String name) {
        return BY_NAME.get(name);
    }

    /** The names that {@link #named} knows, sorted. */
    public static Set<String> names() {
        return Collections.unmodifiableSet(BY_NAME.keySet());
    }

    String op() {
        return op;
    }
}
