package io.tenfold.train;

import io.tenfold.model.Network;
import io.tenfold.tensor.Parameter;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How high in a network a parameter lies. */
public final class LayerNumber {

    /** The embeddings, below the first layer. */
    public static final int EMBEDDINGS = -1;

    private static final Pattern LAYER = Pattern.compile("\\.(?:layers?|h)\\.(\\d+)\\.");

    private static final Pattern EMBEDDING = Pattern.compile("embeddings|\\.(?:embed_tokens|wte|wpe)\\.");
    private static final Pattern FINAL_NORM = Pattern.compile("^(?:model\\.norm|transformer\\.ln_f)\\.");

    private LayerNumber() {}

    /** Whether a parameter belongs to one of the layers. */
    public static boolean isInALayer(String parameter) {
        return LAYER.matcher(parameter).find();
    }

    /** {@link #EMBEDDINGS}, the layer from 0, or the number of layers for what is above them: pooler and head. */
    public static int of(Parameter parameter, Network network) {
        Matcher layer = LAYER.matcher(parameter.name());
        if (layer.find()) {
            return Integer.parseInt(layer.group(1));
        }
        if (EMBEDDING.matcher(parameter.name()).find()) {
            return EMBEDDINGS;
        }
        // The final norm is the end of all layers' work: what they are done with, it is, too.
        return FINAL_NORM.matcher(parameter.name()).find() ? network.layers() - 1 : network.layers();
    }
}
