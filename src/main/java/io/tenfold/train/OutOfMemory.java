package io.tenfold.train;

import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import io.tenfold.job.TrainingOptions;
import org.jspecify.annotations.Nullable;

/** What to do when the device's memory does not suffice. */
public final class OutOfMemory {

    private OutOfMemory() {}

    /**
     * A step did not fit.
     *
     * @param tokensAtOnce how many a pass takes at most: smaller batches than that take less, larger ones the same
     */
    static JobException inTraining(RuntimeException e, TrainingOptions options, int tokensAtOnce) {
        int batch = options.batchSize();
        if (batch == 1) {
            return ofLongRows(e, "batch_size is 1", options);
        }
        int smaller = batch - 1;
        while (smaller > 0 && (batch % smaller != 0 || (long) smaller * options.maxLength() >= tokensAtOnce)) {
            smaller--;
        }
        if (smaller == 0) {
            return ofLongRows(e, "a pass takes %d tokens at most, or one row".formatted(tokensAtOnce), options);
        }
        return failure(
                "training.batch_size",
                e,
                "batch_size %d with gradient_accumulation_steps %d takes less memory and makes steps of as many rows%s"
                        .formatted(
                                smaller,
                                options.gradientAccumulationSteps() * (batch / smaller),
                                checkpointing(options)));
    }

    private static JobException ofLongRows(RuntimeException e, String why, TrainingOptions options) {
        return failure(
                "training.max_length",
                e,
                "%s: rows cut shorter than training.max_length %d take less%s"
                        .formatted(why, options.maxLength(), checkpointing(options)));
    }

    private static String checkpointing(TrainingOptions options) {
        return options.activationCheckpointing() ? "" : "; so does activation_checkpointing true, for more time";
    }

    /**
     * Rows to be scored did not fit.
     *
     * @param rows how many there were at once
     * @param batchSize how many there may be
     */
    public static JobException inEvaluation(RuntimeException e, int rows, int batchSize) {
        if (batchSize == 1) {
            return failure(
                    "training.max_length",
                    e,
                    "1 row does not fit in an evaluation; a smaller max_length cuts rows shorter");
        }
        return failure(
                "training.eval_batch_size",
                e,
                "%d rows at once do not fit in an evaluation; eval_batch_size %d gives the same numbers in less memory"
                        .formatted(rows, batchSize / 2));
    }

    /**
     * Rows to be written on did not fit.
     *
     * @param rows how many there were at once
     */
    static JobException inWriting(RuntimeException e, int rows) {
        return failure(
                "max_new_tokens",
                e,
                "%d rows at once do not fit; fewer new tokens, or fewer rows, take less memory".formatted(rows));
    }

    /**
     * Weights, or what the optimiser keeps of them, did not fit.
     *
     * @param lighter what needs less than the method; null: nothing that could take its place
     */
    static JobException ofWeights(RuntimeException e, @Nullable String lighter) {
        return failure("model", e, "take a smaller model" + (lighter == null ? "" : ", or " + lighter));
    }

    private static JobException failure(String param, RuntimeException e, String wayOut) {
        return new JobException(ErrorCode.OUT_OF_RESOURCES, param, "%s; %s".formatted(e.getMessage(), wayOut), e);
    }
}
