package io.tenfold.train;

import java.util.Locale;
import java.util.regex.Pattern;

/** Which weights decay: all but biases and the weights of norms, as in Transformers. */
public final class WeightDecay {

    private static final Pattern SPARED =
            Pattern.compile("bias|layernorm|rmsnorm|(^|[._])norm($|\\.)|_layer_norm($|\\.)|(^|\\.)ln_[12f]\\.");

    private WeightDecay() {}

    /** Whether the parameter of this name decays. */
    public static boolean decays(String name) {
        return !SPARED.matcher(name.toLowerCase(Locale.ROOT)).find();
    }
}
