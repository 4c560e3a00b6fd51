package io.tenfold.train;

import io.tenfold.model.Network;
import io.tenfold.tensor.AdamW;
import io.tenfold.tensor.Parameters;
import java.util.List;

/**
 * What a method hands to the loop: a network with the parameters it trains marked as trainable, and how.
 *
 * @param network scores validation rows, too
 * @param groups the trained parameters with their share of the learning rate and their weight decay
 * @param objective what a step makes small
 * @param learningRate the method's, or the request's
 * @param hooks what else the method does in the loop
 * @param writer writes the artifact's own files from the weights as they are
 * @param methodParameters the trained numbers without head and other new weights: what papers count
 */
public record Tuning(
        Network network,
        List<AdamW.Group> groups,
        Objective objective,
        double learningRate,
        LoopHooks hooks,
        ArtifactWriter writer,
        long methodParameters) {

    /** The trained parameters, in the order of the groups. */
    public Parameters trained() {
        Parameters trained = new Parameters();
        groups.forEach(group -> trained.addAll(group.parameters()));
        return trained;
    }
}
