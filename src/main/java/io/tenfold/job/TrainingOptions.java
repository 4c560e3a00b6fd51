package io.tenfold.job;

import io.tenfold.job.FineTuneRequest.TaskType;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The {@code training} part of a request, with every default filled in but those that the method, the task or the model
 * decides (null).
 *
 * @param epochs passes over the data; ignored where {@code maxSteps} is given
 * @param maxSteps optimiser steps; null: by epochs
 * @param batchSize rows whose gradients are computed together, where memory allows at once
 * @param gradientAccumulationSteps batches to one optimiser step
 * @param learningRate null: the method's
 * @param warmupRatio share of the steps in which the rate rises from 0
 * @param maxGradNorm gradients longer than this are scaled down to it; 0 turns it off
 * @param maxLength tokens in a row, special ones included
 * @param evalSteps steps between evaluations; null: an epoch
 * @param saveSteps steps between checkpoints; null: by {@code saveSeconds}
 * @param evalBatchSize rows at once in evaluation; null: as in training
 * @param earlyStoppingPatience evaluations without a better score after which training ends; null: never
 * @param dropout overrides every dropout of the model, 0 for preferences unless they name it; null: the model's own
 * @param metric the score that chooses the best checkpoint; null: the task's
 * @param maxPredictions rows in {@code predictions-validation.jsonl} at most
 * @param activationCheckpointing whether the backward pass computes each layer again and nothing of it is kept
 * @param generate tokens that a language model writes at most in answer to each validation row; 0: it writes none
 */
public record TrainingOptions(
        int epochs,
        @Nullable Integer maxSteps,
        int batchSize,
        int gradientAccumulationSteps,
        @Nullable Double learningRate,
        double weightDecay,
        double warmupRatio,
        Scheduler lrScheduler,
        double maxGradNorm,
        int maxLength,
        TooLong tooLong,
        long seed,
        @Nullable Integer evalSteps,
        @Nullable Integer saveSteps,
        int saveSeconds,
        int saveTotalLimit,
        int loggingSteps,
        @Nullable Integer evalBatchSize,
        @Nullable Integer earlyStoppingPatience,
        boolean shuffle,
        @Nullable Double dropout,
        @Nullable String metric,
        int maxPredictions,
        boolean activationCheckpointing,
        int generate) {

    /** The least that {@code max_length} can be. */
    public static final int LEAST_LENGTH = 4;

    /** The most; what a model has positions for is asked later. */
    public static final int MOST_LENGTH = 131_072;

    /** The most tokens of a written answer. */
    private static final int MOST_GENERATED = 4096;

    /** Evaluations of a run whose steps are {@code usualSteps}: its epochs may have a step or two. */
    private static final int USUAL_EVALUATIONS = 5;

    /** How the learning rate goes after the warm-up. */
    public enum Scheduler {
        LINEAR,
        COSINE,
        CONSTANT
    }

    /** What becomes of a row with more tokens than {@code max_length}. */
    public enum TooLong {
        TRUNCATE,
        DROP,
        FAIL
    }

    /**
     * Reads them.
     *
     * @param metrics the names of the metrics that there will be
     * @param task preferences are learnt without dropout, which would part the model from its reference
     * @param usualSteps the method's, for a request that has neither {@code epochs} nor {@code max_steps}; null: by epochs
     */
    static TrainingOptions read(Fields f, List<String> metrics, TaskType task, @Nullable Integer usualSteps) {
        Integer maxSteps = f.integer("max_steps", 1, Integer.MAX_VALUE);
        Integer evalSteps = f.integer("eval_steps", 1, Integer.MAX_VALUE);
        if (usualSteps != null && !f.has("max_steps") && !f.has("epochs")) {
            maxSteps = usualSteps;
            evalSteps = evalSteps == null ? Integer.valueOf(Math.ceilDiv(usualSteps, USUAL_EVALUATIONS)) : evalSteps;
        }
        Double dropout = f.number("dropout", x -> x >= 0 && x < 1, "from 0 (every dropout off) to below 1");
        f.oneOf("precision", java.util.List.of("auto", "fp32"), "auto");
        return new TrainingOptions(
                f.integer("epochs", 3, 1, 100_000),
                maxSteps,
                f.integer("batch_size", 32, 1, 65_536),
                f.integer("gradient_accumulation_steps", 1, 1, 65_536),
                f.number("learning_rate", x -> x > 0 && x <= 10, "above 0 (2e-5 is usual for full, 1e-4 for lora)"),
                f.number("weight_decay", 0.01, x -> x >= 0 && x <= 1, "from 0 to 1"),
                f.number("warmup_ratio", 0.06, x -> x >= 0 && x <= 1, "from 0 to 1"),
                choice(f, "lr_scheduler", Scheduler.LINEAR),
                f.number("max_grad_norm", 1.0, x -> x >= 0, "0 (no clipping) or more"),
                f.integer("max_length", 128, LEAST_LENGTH, MOST_LENGTH),
                choice(f, "too_long", TooLong.TRUNCATE),
                f.longInteger("seed", 42),
                evalSteps,
                f.integer("save_steps", 1, Integer.MAX_VALUE),
                f.integer("save_seconds", 300, 1, 86_400),
                f.integer("save_total_limit", 2, 1, 1_000),
                f.integer("logging_steps", 10, 1, Integer.MAX_VALUE),
                f.integer("eval_batch_size", 1, 65_536),
                f.integer("early_stopping_patience", 1, 10_000),
                f.flag("shuffle", true),
                dropout == null && task == TaskType.PREFERENCE ? Double.valueOf(0) : dropout,
                metric(f, metrics),
                f.integer("max_predictions", 10_000, 0, Integer.MAX_VALUE),
                f.flag("activation_checkpointing", false),
                f.integer("generate", 0, 0, MOST_GENERATED));
    }

    private static <E extends Enum<E>> E choice(Fields f, String name, E otherwise) {
        Class<E> type = otherwise.getDeclaringClass();
        var names = java.util.Arrays.stream(type.getEnumConstants())
                .map(TrainingOptions::wire)
                .toList();
        return Enum.valueOf(type, f.oneOf(name, names, wire(otherwise)).toUpperCase(java.util.Locale.ROOT));
    }

    private static String wire(Enum<?> value) {
        return value.name().toLowerCase(java.util.Locale.ROOT);
    }

    private static @Nullable String metric(Fields f, List<String> metrics) {
        String metric = f.text("metric", null);
        if (metric != null && !metrics.contains(metric)) {
            f.error("metric", Fields.notOneOf(f.param("metric"), metric, metrics));
            return null;
        }
        return metric;
    }
}
