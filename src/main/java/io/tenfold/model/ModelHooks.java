package io.tenfold.model;

import io.tenfold.tensor.Activation;
import org.jspecify.annotations.Nullable;

/**
 * Where a method enters a model. A model asks at each site while it is built, and never again; what a hook returns is
 * called in every pass. The hook owns the parameters it makes.
 */
public interface ModelHooks {

    /** No method: the plain model. */
    ModelHooks NONE = new ModelHooks() {};

    /**
     * Wraps or replaces a linear layer.
     *
     * @param plain what the layer does so far
     * @return {@code plain} itself where the method leaves the layer alone, which lets the model fuse it
     */
    default LinearOp linear(LinearSite site, LinearOp plain) {
        return plain;
    }

    /** Takes over the end of a sublayer; null leaves it alone. */
    default @Nullable SublayerOp sublayer(SublayerSite site) {
        return null;
    }

    /** Virtual tokens before each row; null for none. */
    default @Nullable EmbeddingsOp embeddings() {
        return null;
    }

    /** Virtual keys and values of a layer, from 0; null for none. */
    default @Nullable PrefixOp prefix(int layer) {
        return null;
    }

    /** The non-linearity between the two layers of the head; the model's own where the method leaves it alone. */
    default Activation headActivation(Activation plain) {
        return plain;
    }

    /** Whether the backward pass runs each layer again and nothing of it is kept: less memory, more time. Asked once. */
    default boolean recomputesLayers() {
        return false;
    }

    /** Whether a model is the plain one (its weights in 4 bits, too) as long as nothing is trained: nothing drawn changes what it gives. Asked once. */
    default boolean beginsPlain() {
        return true;
    }

    /** This and then another: linear layers are wrapped by both; elsewhere the first that answers has the site. */
    default ModelHooks then(ModelHooks next) {
        ModelHooks first = this;
        return new ModelHooks() {
            @Override
            public LinearOp linear(LinearSite site, LinearOp plain) {
                return next.linear(site, first.linear(site, plain));
            }

            @Override
            public @Nullable SublayerOp sublayer(SublayerSite site) {
                SublayerOp own = first.sublayer(site);
                return own != null ? own : next.sublayer(site);
            }

            @Override
            public @Nullable EmbeddingsOp embeddings() {
                EmbeddingsOp own = first.embeddings();
                return own != null ? own : next.embeddings();
            }

            @Override
            public @Nullable PrefixOp prefix(int layer) {
                PrefixOp own = first.prefix(layer);
                return own != null ? own : next.prefix(layer);
            }

            @Override
            public Activation headActivation(Activation plain) {
                return next.headActivation(first.headActivation(plain));
            }

            @Override
            public boolean recomputesLayers() {
                return first.recomputesLayers() || next.recomputesLayers();
            }

            @Override
            public boolean beginsPlain() {
                return first.beginsPlain() && next.beginsPlain();
            }
        };
    }
}
