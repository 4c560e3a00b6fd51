package io.tenfold.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.tenfold.data.Batch;
import io.tenfold.data.TokenizedSet;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.Interruption;
import io.tenfold.job.JobEvent;
import io.tenfold.job.JobException;
import io.tenfold.job.MetricNames;
import io.tenfold.job.ProgressSink;
import io.tenfold.job.TrainingOptions;
import io.tenfold.tensor.AdamW;
import io.tenfold.tensor.Backend;
import io.tenfold.tensor.Gradients;
import io.tenfold.tensor.OutOfDeviceMemoryException;
import io.tenfold.tensor.Parameters;
import io.tenfold.tensor.Recording;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Trains one {@link Tuning} to its end, whatever the method: steps, evaluations, checkpoints, reports. One use, one thread.
 * What a step draws follows from (seed, step), and which rows it sees from the step alone, so that a resumed run ends with
 * the bytes of one that never stopped. A tuning that trains nothing is scored once, as step 0.
 */
public final class TrainingLoop {

    private static final long PROGRESS_INTERVAL_NANOS = 2_000_000_000L;

    private final Tuning tuning;
    private final Inputs inputs;
    private final Environment environment;
    private final TrainingOptions options;
    private final Backend backend;
    private final Parameters trained;
    private final NDManager optimizerState;
    private final AdamW optimizer;
    private final StepPlan plan;
    private final Schedule schedule;
    private final long lastStep;
    private final String metric;
    private final @Nullable Evaluator evaluator;
    private final Path best;
    private final Throughput throughput = new Throughput();

    private TrainingState state = new TrainingState();
    private @Nullable String checkpointUri;
    private @Nullable Scored bestScored;
    private double evaluationSeconds;
    private double checkpointSeconds;
    private long savedStep = -1;
    private boolean savedBeforeEvaluation;
    private long lastProgress;
    private long lastCheckpoint = System.nanoTime();
    private double reportedLoss;
    private int reportedSteps;

    /**
     * What a run needs from outside.
     *
     * @param stage what events call it; null where a job has one stage
     * @param stepsBefore of earlier stages
     * @param part which of the steps are made; null: all
     * @param workFolder an empty folder of this run's own
     * @param resumeFrom the files of a checkpoint; null to begin
     * @param resumeUri where that checkpoint came from
     * @param deadlineNanos {@link System#nanoTime} after which the run fails; null for none
     */
    public record Environment(
            @Nullable String stage,
            long stepsBefore,
            @Nullable Part part,
            ProgressSink sink,
            Checkpointing checkpoints,
            Path workFolder,
            @Nullable Path resumeFrom,
            @Nullable String resumeUri,
            @Nullable Long deadlineNanos) {}

    /**
     * Some of the steps.
     *
     * @param share of all, after which the run ends
     * @param state an empty folder, where it leaves what {@code resumeFrom} of the next part takes
     */
    public record Part(double share, Path state) {}

    public TrainingLoop(Tuning tuning, Inputs inputs, Environment environment) {
        this.tuning = tuning;
        this.inputs = inputs;
        this.environment = environment;
        options = inputs.options();
        backend = inputs.backend();
        trained = tuning.trained();
        optimizerState = backend.scope();
        optimizer = new AdamW(optimizerState, tuning.groups(), AdamW.Options.DEFAULT);
        StepPlan steps = tuning.plan(inputs);
        evaluator = tuning.evaluator(inputs);
        checkpointUri = environment.resumeUri();
        plan = trained.count() == 0 ? steps.withoutSteps() : steps;
        schedule = Schedule.of(options.lrScheduler(), tuning.learningRate(), plan.totalSteps(), options.warmupRatio());
        Part part = environment.part();
        lastStep = part == null ? plan.totalSteps() : (long) Math.ceil(part.share() * plan.totalSteps());
        metric = inputs.metric();
        best = environment.workFolder().resolve("best.safetensors");
    }

    /**
     * Runs to the end; the network then holds the weights of the best step.
     *
     * @throws StoppedException when it was asked to stop
     * @throws TrainingFailedException when the loss is not a number, memory or time ran out, a checkpoint could not be
     *     stored
     */
    public TrainingResult run() {
        try {
            return runToTheEnd();
        } catch (JobException e) {
            throw failed(e, state.step);
        } finally {
            optimizerState.close();
        }
    }

    private TrainingResult runToTheEnd() {
        if (environment.resumeFrom() != null) {
            state = StateFiles.read(environment.resumeFrom(), trained, optimizer, tuning.hooks(), best, backend);
            noteSaved();
        }
        if (state.evaluationPending || (plan.totalSteps() == 0 && evaluator != null)) {
            evaluate();
        }
        while (state.step < lastStep && isPatient()) {
            stopIfAsked();
            step(state.step + 1);
            if (evaluationIsDue()) {
                evaluate();
            }
            if (checkpointIsDue()) {
                checkpoint();
            }
        }
        leaveState();
        endCurve();
        publishBest();
        return new TrainingResult(
                state.step,
                state.bestStep == 0 ? state.step : state.bestStep,
                state.bestMetrics,
                throughput.examplesPerSecond(),
                throughput.tokensPerSecond(),
                evaluationSeconds,
                checkpointSeconds,
                bestScored,
                state.curve,
                state.evaluations);
    }

    private void step(long step) {
        long start = System.nanoTime();
        List<StepPlan.Part> parts = plan.parts(step);
        double loss;
        double norm;
        try {
            tuning.hooks().beforeStep(step, plan.totalSteps());
            backend.seed(options.seed(), step);
            loss = backward(parts);
            failUnlessFinite("loss", loss, step);
            tuning.hooks().transformGradients(step);
            norm = Gradients.norm(trained);
            failUnlessFinite("gradients' norm", norm, step);
            optimizer.step(schedule.rate(step), Gradients.clipFactor(norm, options.maxGradNorm()));
            Gradients.drop(trained);
        } catch (OutOfDeviceMemoryException e) {
            throw failed(OutOfMemory.inTraining(e, options, tokensAtOnce()), step);
        }
        long rows = 0;
        long tokens = 0;
        for (StepPlan.Part part : parts) {
            rows += part.rows().length;
            for (int row : part.rows()) {
                tokens += part.set().tokens(row);
            }
        }
        throughput.add(rows, tokens, System.nanoTime() - start);
        state.step = step;
        note(loss);
        report(norm);
    }

    /**
     * Adds up the gradients of all parts of a step, each unit of a set weighing alike, and returns the mean loss; of
     * several sets the sum of their means.
     */
    private double backward(List<StepPlan.Part> parts) {
        IdentityHashMap<TokenizedSet, Long> units = new IdentityHashMap<>();
        for (StepPlan.Part part : parts) {
            units.merge(part.set(), tuning.objective().units(part.set(), part.rows()), Long::sum);
        }
        double sum = 0;
        for (int i = 0; i < parts.size(); i++) {
            StepPlan.Part part = parts.get(i);
            sum += backward(part, Math.max(1, units.getOrDefault(part.set(), 0L)));
            tuning.hooks().afterBackward(part, i);
        }
        return sum;
    }

    /** Adds up the gradients of a part in as many passes as its tokens take; returns its share of the mean over all units. */
    private double backward(StepPlan.Part part, long units) {
        double sum = 0;
        for (StepPlan.Part pass : part.passes(tokensAtOnce(), tuning.network().virtualTokens())) {
            try (NDManager scope = backend.scope();
                    Recording recording = Recording.on()) {
                Batch batch = Batch.of(scope, pass.set(), pass.rows());
                NDArray loss = tuning.objective().lossSum(batch, true).div(units);
                recording.backward(loss);
                sum += loss.getFloat();
            }
        }
        return sum;
    }

    private int tokensAtOnce() {
        return tuning.objective().needsWholeBatches() ? Integer.MAX_VALUE : backend.tokensAtOnce();
    }

    private void failUnlessFinite(String what, double number, long step) {
        if (!Double.isFinite(number)) {
            String way = checkpointUri == null
                    ? "no checkpoint was written before"
                    : "the last good checkpoint is " + checkpointUri;
            throw failed(
                    new JobException(
                            ErrorCode.BAD_REQUEST,
                            "training.learning_rate",
                            "the %s is %s at step %d with learning rate %s; try a smaller one or a longer warm-up; %s"
                                    .formatted(what, number, step, schedule.peak(), way)),
                    step);
        }
    }

    private TrainingFailedException failed(JobException failure, long step) {
        return new TrainingFailedException(failure, environment.stepsBefore() + step, checkpointUri);
    }

    private void note(double loss) {
        state.lossSum += loss;
        state.lossCount++;
        reportedLoss += loss;
        reportedSteps++;
        if (state.step % options.loggingSteps() == 0) {
            endCurve();
        }
    }

    /** Closes the interval of the loss curve, also where the steps end in the middle of one. */
    private void endCurve() {
        if (state.lossCount > 0) {
            state.curve.add(new TrainingResult.CurvePoint(state.step, state.lossSum / state.lossCount));
            state.lossSum = 0;
            state.lossCount = 0;
        }
    }

    private void report(double norm) {
        boolean last = state.step == lastStep;
        long now = System.nanoTime();
        if (!last
                && (state.step % options.loggingSteps() != 0
                        || (lastProgress != 0 && now - lastProgress < PROGRESS_INTERVAL_NANOS))) {
            return;
        }
        lastProgress = now;
        environment
                .sink()
                .emit(new JobEvent.Progress(
                        environment.stage(),
                        state.step,
                        plan.totalSteps(),
                        plan.epoch(state.step),
                        100.0 * state.step / plan.totalSteps(),
                        reportedLoss / reportedSteps,
                        schedule.rate(state.step),
                        norm,
                        throughput.examplesPerSecond(),
                        throughput.tokensPerSecond(),
                        throughput.secondsPerStep() * (plan.totalSteps() - state.step),
                        backend.memoryInUse()));
        reportedLoss = 0;
        reportedSteps = 0;
    }

    private void stopIfAsked() {
        Interruption asked = environment.sink().interruption();
        if (asked != Interruption.NONE) {
            if (state.step > 0 && !isSaved()) {
                checkpoint();
            }
            throw new StoppedException(asked, environment.stepsBefore() + state.step, checkpointUri);
        }
        Long deadline = environment.deadlineNanos();
        if (deadline != null && System.nanoTime() - deadline > 0) {
            throw failed(
                    new JobException(
                            ErrorCode.DEADLINE,
                            "max_seconds",
                            "max_seconds %d ran out at step %d of %d; give more time, fewer steps, or leave it out"
                                    .formatted(inputs.request().maxSeconds(), state.step, plan.totalSteps())),
                    state.step);
        }
    }

    private boolean evaluationIsDue() {
        return evaluator != null && (state.step == lastStep || plan.isScored(state.step, options));
    }

    /** Scores the validation set. Stopped in the middle, it is done anew after the resumption. */
    private void evaluate() {
        state.evaluationPending = true;
        long start = System.nanoTime();
        Evaluator scorer = Objects.requireNonNull(evaluator);
        Scored scored = scorer.score(_ -> stopIfAsked());
        Map<String, Object> metrics = scored.metrics();
        state.evaluations.add(new TrainingResult.Evaluation(state.step, metrics));
        environment.sink().emit(new JobEvent.Evaluated(environment.stage(), state.step, "validation", metrics));
        if (!scorer.chooses()) {
            state.bestMetrics = metrics;
            bestScored = scored;
        } else if (isBetter(Scored.score(metrics, metric))) {
            state.bestScore = Scored.score(metrics, metric);
            state.bestStep = state.step;
            state.bestMetrics = metrics;
            bestScored = scored;
            state.evaluationsWithoutGain = 0;
            tuning.hooks().best();
            StateFiles.writeWeights(best, trained);
        } else {
            state.evaluationsWithoutGain++;
        }
        state.evaluationPending = false;
        evaluationSeconds += (System.nanoTime() - start) / 1e9;
    }

    private boolean isPatient() {
        Integer patience = options.earlyStoppingPatience();
        return patience == null || state.evaluationsWithoutGain < patience;
    }

    /** Rows at once in evaluation. */
    public static int evalBatchSize(TrainingOptions options) {
        Integer own = options.evalBatchSize();
        return own == null ? options.batchSize() : own;
    }

    private boolean isBetter(double score) {
        Double before = state.bestScore;
        if (before == null || before.isNaN()) {
            return true;
        }
        return MetricNames.lowerIsBetter(metric) ? score < before : score > before;
    }

    private boolean checkpointIsDue() {
        if (state.step == lastStep) {
            return false;
        }
        return options.saveSteps() != null
                ? state.step % options.saveSteps() == 0
                : System.nanoTime() - lastCheckpoint > options.saveSeconds() * 1_000_000_000L;
    }

    private void checkpoint() {
        long start = System.nanoTime();
        Path folder = environment.workFolder().resolve("checkpoint-" + state.step);
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        StateFiles.write(folder, state, trained, optimizer, tuning.hooks(), best);
        checkpointUri = environment
                .checkpoints()
                .store(
                        environment.stage(),
                        environment.stepsBefore() + state.step,
                        folder,
                        (System.nanoTime() - start) / 1e9);
        checkpointSeconds += (System.nanoTime() - start) / 1e9;
        lastCheckpoint = System.nanoTime();
        noteSaved();
    }

    private void noteSaved() {
        savedStep = state.step;
        savedBeforeEvaluation = state.evaluationPending;
    }

    private boolean isSaved() {
        return state.step == savedStep && state.evaluationPending == savedBeforeEvaluation;
    }

    private void leaveState() {
        Part part = environment.part();
        if (part != null && lastStep < plan.totalSteps()) {
            StateFiles.write(part.state(), state, trained, optimizer, tuning.hooks(), best);
        }
    }

    private void publishBest() {
        if (state.bestStep > 0 && state.bestStep != state.step) {
            StateFiles.readWeights(best, trained, backend);
        }
    }
}
