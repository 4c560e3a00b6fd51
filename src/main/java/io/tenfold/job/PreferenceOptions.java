package io.tenfold.job;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * How the better of two answers is learnt, without a model of rewards: Direct Preference Optimization (Rafailov et al. 2023,
 * arXiv:2305.18290). An answer's reward is {@code beta} times how much more probable it is to the model than to the
 * reference, the request's {@code model}.
 *
 * @param beta how dear it is to leave the reference; of {@link LossType#IPO} its regularization τ
 * @param labelSmoothing the share of pairs that are taken to be the wrong way round (Mitchell 2023, cDPO); below 0.5
 * @param referenceFree whether every answer is taken to be equally probable to the reference
 */
public record PreferenceOptions(LossType lossType, double beta, double labelSmoothing, boolean referenceFree) {

    /** What TRL has where nothing is said. */
    public static final PreferenceOptions DEFAULT = new PreferenceOptions(LossType.SIGMOID, 0.1, 0, false);

    private static final List<String> LOSS_TYPES =
            Arrays.stream(LossType.values()).map(LossType::wire).toList();

    private static final String LOSS_TYPE = "loss_type";
    private static final String BETA = "beta";
    private static final String LABEL_SMOOTHING = "label_smoothing";
    private static final String REFERENCE_FREE = "reference_free";

    /** What is made small of how far apart two answers are. */
    public enum LossType {
        /** DPO's own: that the better answer has the greater reward (Rafailov et al. 2023, eq. 7). */
        SIGMOID,
        /** That answers are 1 / (2 τ) apart, and no further, in the mean of their tokens (Azar et al. 2023, arXiv:2310.12036, eq. 17). */
        IPO;

        /** The value of {@code task.loss_type}. */
        public String wire() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** @param task the request's {@code task}, of preferences */
    static PreferenceOptions read(Fields task) {
        LossType type = LossType.valueOf(
                task.oneOf(LOSS_TYPE, LOSS_TYPES, LOSS_TYPES.getFirst()).toUpperCase(Locale.ROOT));
        PreferenceOptions read = new PreferenceOptions(
                type,
                task.number(BETA, DEFAULT.beta, x -> x > 0 && x <= 100, "above 0 and at most 100 (0.1 is usual)"),
                task.number(
                        LABEL_SMOOTHING,
                        DEFAULT.labelSmoothing,
                        x -> x >= 0 && x < 0.5,
                        "from 0 (every pair is right) to below 0.5"),
                task.flag(REFERENCE_FREE, DEFAULT.referenceFree));
        if (type == LossType.IPO && read.labelSmoothing > 0) {
            task.error(
                    LABEL_SMOOTHING,
                    "%s is %s, but %s ipo has none; leave it out, or take sigmoid"
                            .formatted(task.param(LABEL_SMOOTHING), task.raw(LABEL_SMOOTHING), task.param(LOSS_TYPE)));
        }
        return read;
    }

    /** Refuses the options where no preferences are learnt. */
    static void refuse(Fields task) {
        for (String name : List.of(LOSS_TYPE, BETA, LABEL_SMOOTHING, REFERENCE_FREE)) {
            if (task.has(name)) {
                task.error(
                        name, "%s is given, but only type preference has it; leave it out".formatted(task.param(name)));
            }
        }
    }
}
