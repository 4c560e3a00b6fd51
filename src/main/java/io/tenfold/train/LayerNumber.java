package io.tenfold.train;

import io.tenfold.model.Network;
import io.tenfold.tensor.Parameter;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How high in a network a parameter lies. */
public final class LayerNumber {

    /** The embeddings, below the first layer. */
    public static final int EMBEDDINGS = -1;

    private static final Pattern LAYER = Pattern.compile("\\.layer\\.(\\d+)\\.");

    private LayerNumber() {}

    /** {@link #EMBEDDINGS}, the layer from 0, or the number of layers for what is above them: pooler and head. */
    public static int of(Parameter parameter, Network network) {
        Matcher layer = LAYER.matcher(parameter.name());
        if (layer.find()) {
            return Integer.parseInt(layer.group(1));
        }
        return parameter.name().contains("embeddings") ? EMBEDDINGS : network.layers();
    }
}
