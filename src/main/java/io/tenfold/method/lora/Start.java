package io.tenfold.method.lora;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import io.tenfold.model.LinearSite;
import io.tenfold.tensor.Backend;
import io.tenfold.tensor.Initial;

/** Where the first values of the updates come from. */
interface Start {

    /** The factors for a layer, which live as long as the backend. */
    Factors factors(LinearSite site);

    /** Whether the factors were taken out of the layer's weight. */
    default boolean changesTheBase() {
        return false;
    }

    /**
     * The rank of a layer's update.
     *
     * @param option what names it where no pattern does, for messages
     * @throws JobException bad_request for a rank that a matrix of the layer's size can't have
     */
    static int rank(LoraConfig config, LinearSite site, String option) {
        int rank = config.rank(site.name());
        return fitting(rank, site, config.rankOption(site.name(), option));
    }

    /** The rank itself, if the layer's matrix can have it. */
    static int fitting(int rank, LinearSite site, String option) {
        long most = Math.min(site.inFeatures(), site.outFeatures());
        if (rank > most) {
            throw new JobException(
                    ErrorCode.BAD_REQUEST,
                    option,
                    "%s gives rank %d to %s, which is %d by %d; give at most %d (4 to 64 is usual)"
                            .formatted(option, rank, site.name(), site.outFeatures(), site.inFeatures(), most));
        }
        return rank;
    }

    /** Zeros, to be filled with an adapter's values. */
    static Start zeros(LoraConfig config, Backend backend) {
        return site -> {
            int rank = config.rank(site.name());
            return new Factors(
                    backend.manager().zeros(new Shape(rank, site.inFeatures())),
                    backend.manager().zeros(new Shape(site.outFeatures(), rank)),
                    config.scale(site.name()));
        };
    }

    /** A drawn as {@code init_lora_weights} says, B zero: a step of nothing. */
    static Start drawn(LoraConfig config, Backend backend, long seed) {
        return site -> {
            int rank = rank(config, site, "method.r");
            String name = LoraHooks.PREFIX + site.name() + ".lora_A";
            NDArray a = config.init() == LoraConfig.Init.GAUSSIAN
                    ? Initial.normal(backend, seed, name, 1.0 / rank, rank, site.inFeatures())
                    : Initial.uniform(
                            backend, seed, name, 1 / Math.sqrt((double) site.inFeatures()), rank, site.inFeatures());
            NDArray b = backend.manager().zeros(new Shape(site.outFeatures(), rank));
            return new Factors(a, b, config.scale(site.name()));
        };
    }
}
