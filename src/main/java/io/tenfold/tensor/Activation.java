package io.tenfold.tensor;

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

    private final String op;

    Activation(String op) {
        this.op = op;
    }

    String op() {
        return op;
    }
}
