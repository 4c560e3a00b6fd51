package io.tenfold.train;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tenfold.job.JobEvent;
import io.tenfold.job.StopCheck;
import io.tenfold.tensor.Parameter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The stages of a job, one after another. What a finished stage left is stored once; the checkpoints of later stages have
 * its location, so that a resumed job goes on in the stage in which it stopped.
 */
final class StageRun {

    /** In a checkpoint: the locations of what earlier stages left. Alone in one: the next stage has not begun. */
    private static final String STAGES = "stages.json";

    private static final ObjectMapper JSON = new ObjectMapper();

    private final List<Stage> stages;
    private final Inputs job;
    private final TrainingLoop.Environment environment;
    private final List<StageOutcome> done = new ArrayList<>();
    private final List<String> kept = new ArrayList<>();
    private @Nullable String newest;

    /** @param environment of the whole job */
    StageRun(List<Stage> stages, Inputs job, TrainingLoop.Environment environment) {
        this.stages = stages;
        this.job = job;
        this.environment = environment;
        newest = environment.resumeUri();
    }

    /** The outcomes of all stages, in order. */
    List<StageOutcome> run() {
        Path resume = environment.resumeFrom();
        if (resume != null) {
            bring(resume);
        }
        Path within = resume != null && StateFiles.areIn(resume) ? resume : null;
        for (Stage stage : stages.subList(done.size(), stages.size())) {
            run(stage, within);
            within = null;
        }
        return done;
    }

    private void run(Stage stage, @Nullable Path resume) {
        long start = System.nanoTime();
        job.backend().resetPeak();
        Path own = folder("stage-" + (done.size() + 1));
        Inputs inputs = stage.inputs(job, done);
        Stage.Span span = stage.span(done);
        TrainingLoop.Part part =
                span.share() < 1 ? new TrainingLoop.Part(span.share(), create(StageOutcome.state(own))) : null;
        Path from = resume == null ? span.from() : resume;
        try (Prepared prepared = new Prepared(stage.prepare(inputs, done))) {
            Tuning tuning = prepared.tuning();
            TrainingResult result = rescored(
                    new TrainingLoop(tuning, inputs, environment(stage.name(done), part, from)).run(),
                    tuning,
                    stage,
                    inputs);
            Path files = StageOutcome.files(own);
            create(files);
            tuning.writer().write(files);
            Scored scored = scored(result, tuning, inputs);
            if (scored != null && !scored.sets().isEmpty()) {
                PredictionFiles.write(files, scored, job.options().maxPredictions());
            }
            StageOutcome outcome = new StageOutcome(
                    stage.name(done),
                    result,
                    tuning.trained().size(),
                    tuning.methodParameters(),
                    total(tuning),
                    (System.nanoTime() - start) / 1e9,
                    job.backend().peakMemory(),
                    files);
            done.add(outcome);
        }
        if (done.size() < stages.size()) {
            keep(own);
        }
    }

    private TrainingResult rescored(TrainingResult result, Tuning tuning, Stage stage, Inputs inputs) {
        long start = System.nanoTime();
        Evaluator evaluator = tuning.evaluator(inputs);
        Scored last = evaluator == null ? null : evaluator.last(_ -> StopCheck.ask());
        if (last == null) {
            return result;
        }
        environment
                .sink()
                .emit(new JobEvent.Evaluated(stage.name(done), result.bestStep(), "validation", last.metrics()));
        return result.with(last, (System.nanoTime() - start) / 1e9);
    }

    private static @Nullable Scored scored(TrainingResult result, Tuning tuning, Inputs inputs) {
        Evaluator evaluator = tuning.evaluator(inputs);
        if (result.scored() != null || evaluator == null) {
            return result.scored();
        }
        Scored scored = evaluator.score(_ -> {});
        tuning.hooks().best();
        return scored;
    }

    private static long total(Tuning tuning) {
        long total = tuning.network().parameters().size();
        for (Parameter parameter : tuning.trained()) {
            if (!tuning.network().parameters().contains(parameter.name())) {
                total += parameter.size();
            }
        }
        return total;
    }

    private TrainingLoop.Environment environment(
            @Nullable String stage, TrainingLoop.@Nullable Part part, @Nullable Path resume) {
        return new TrainingLoop.Environment(
                stage,
                stepsBefore(),
                part,
                environment.sink(),
                new WithStages(),
                folder("loop-" + (done.size() + 1)),
                resume,
                newest,
                environment.deadlineNanos());
    }

    private long stepsBefore() {
        return done.stream().mapToLong(outcome -> outcome.result().steps()).sum();
    }

    /** Stores what the last stage left, and a checkpoint that says so. */
    private void keep(Path own) {
        done.getLast().write(own);
        kept.add(environment.checkpoints().keep(done.size(), own));
        Path folder = folder("kept-" + done.size());
        writeStages(folder);
        newest = environment.checkpoints().store(done.getLast().stage(), stepsBefore(), folder, 0);
    }

    private void writeStages(Path folder) {
        try {
            JSON.writeValue(folder.resolve(STAGES).toFile(), kept);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void bring(Path resume) {
        Path file = resume.resolve(STAGES);
        if (!Files.exists(file)) {
            return;
        }
        try {
            kept.addAll(JSON.readValue(file.toFile(), new TypeReference<List<String>>() {}));
        } catch (IOException e) {
            throw new UncheckedIOException("the checkpoint in %s can't be read".formatted(resume), e);
        }
        for (String location : kept) {
            job.backend().resetPeak();
            Path own = folder("stage-" + (done.size() + 1));
            environment.checkpoints().bring(location, own);
            done.add(StageOutcome.read(own));
        }
    }

    private Path folder(String name) {
        return create(environment.workFolder().resolve(name));
    }

    private static Path create(Path folder) {
        try {
            return Files.createDirectories(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Puts the locations of earlier stages into each checkpoint. */
    private final class WithStages implements Checkpointing {

        @Override
        public String store(@Nullable String stage, long step, Path folder, double seconds) {
            if (!kept.isEmpty()) {
                writeStages(folder);
            }
            newest = environment.checkpoints().store(stage, step, folder, seconds);
            return newest;
        }

        @Override
        public String keep(int number, Path folder) {
            return environment.checkpoints().keep(number, folder);
        }

        @Override
        public void bring(String location, Path folder) {
            environment.checkpoints().bring(location, folder);
        }
    }

    /** Closes the network with the scope of a run. */
    private record Prepared(Tuning tuning) implements AutoCloseable {
        @Override
        public void close() {
            tuning.network().close();
        }
    }
}
