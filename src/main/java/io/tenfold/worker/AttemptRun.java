package io.tenfold.worker;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tenfold.checkpoint.ArtifactPublisher;
import io.tenfold.checkpoint.BaseFingerprint;
import io.tenfold.checkpoint.CheckpointStore;
import io.tenfold.checkpoint.OutputOwner;
import io.tenfold.job.ArtifactStore;
import io.tenfold.job.CheckpointRef;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.FineTuneRequest;
import io.tenfold.job.Interruption;
import io.tenfold.job.JobEvent;
import io.tenfold.job.JobException;
import io.tenfold.job.ProgressSink;
import io.tenfold.job.RequestReader;
import io.tenfold.job.StopCheck;
import io.tenfold.method.ArtifactModels;
import io.tenfold.method.MethodRegistry;
import io.tenfold.train.Checkpointing;
import io.tenfold.train.Recipe;
import io.tenfold.train.StageOutcome;
import io.tenfold.train.StoppedException;
import io.tenfold.train.TaskRows;
import io.tenfold.train.TrainingLoop;
import io.tenfold.train.TrainingResult;
import io.tenfold.train.TrainingSession;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** One attempt from the request to its published artifact. One use. */
final class AttemptRun {

    private static final Logger LOG = Logger.getLogger(AttemptRun.class);
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String RESUME = "resume";
    private static final String EVIDENCE = "evidence";

    private final Attempt attempt;
    private final FineTuneRequest request;
    private final MethodRegistry methods;
    private final ArtifactModels models;
    private final ArtifactStore store;
    private final RunnerConfig config;
    private final ProgressSink sink;
    private final ArtifactPublisher publisher;
    private final CheckpointStore checkpoints;
    private final OutputOwner owner;
    private final PhaseTimes times = new PhaseTimes();

    /** Where this attempt goes on; null: from the beginning. */
    private @Nullable CheckpointRef from;

    private @Nullable CheckpointRef newest;

    AttemptRun(
            Attempt attempt,
            RequestReader reader,
            MethodRegistry methods,
            ArtifactModels models,
            ArtifactStore store,
            RunnerConfig config,
            ProgressSink sink) {
        this.attempt = attempt;
        newest = attempt.checkpoint();
        this.request = reader.readValid(attempt.request(), attempt.jobId());
        this.methods = methods;
        this.models = models;
        this.store = store;
        this.config = config;
        this.sink = sink;
        publisher = new ArtifactPublisher(store);
        checkpoints = new CheckpointStore(store);
        owner = new OutputOwner(store, request.output(), attempt.jobId(), attempt.requestHash());
    }

    /** The event that ends the attempt well. */
    JobEvent run() {
        return StopCheck.during(this::stopIfAsked, this::published);
    }

    private JobEvent published() {
        Optional<ArtifactPublisher.Published> earlier =
                publisher.find(request.output(), attempt.jobId(), attempt.requestHash());
        if (earlier.isPresent()) {
            return adopted(earlier.get());
        }
        Instant started = owner.claim();
        try (WorkFolders.Attempt folder = WorkFolders.create(config.workDir());
                TrainingSession session = TrainingSession.open(config.device(), config.threads())) {
            Path work = folder.path();
            from = resumable(work);
            newest = from;
            sink.emit(new JobEvent.Started(session.device(), "fp32", from == null ? 0 : from.step(), attempt.worker()));
            stopIfAsked();
            JobInputs inputs = new JobInputs(store, started);
            Rival rival = rival(inputs);
            TrainingSession.Material material = inputs.material(request, methods);
            try (var _ = material.tokenizer()) {
                sink.emit(new JobEvent.DataReport(reports(material)));
                times.end("load");
                stopIfAsked();
                return trained(session, material, work, rival);
            }
        }
    }

    /** The newest checkpoint that is known to be good, of this attempt or an earlier one; null: there is none. */
    @Nullable
    CheckpointRef newestCheckpoint() {
        return newest;
    }

    /** Lets another job have the output, after this one ended without an artifact. */
    void releaseOutput() {
        owner.release();
    }

    /**
     * Brings the newest checkpoint that can be read to the work folder: an attempt is not lost because its last one is
     * damaged.
     *
     * @return null: there is none, and training begins anew
     */
    private @Nullable CheckpointRef resumable(Path work) {
        CheckpointRef newest = attempt.checkpoint();
        if (newest == null || isFetched(newest, work)) {
            return newest;
        }
        return checkpoints.list(request.output()).stream()
                .map(CheckpointStore.Saved::ref)
                .filter(ref -> !ref.equals(newest))
                .sorted(Comparator.comparingLong(CheckpointRef::step).reversed())
                .filter(ref -> isFetched(ref, work))
                .findFirst()
                .orElse(null);
    }

    private boolean isFetched(CheckpointRef ref, Path work) {
        Path folder = WorkFolders.child(work, RESUME);
        try {
            checkpoints.fetch(ref.uri(), attempt.jobId(), attempt.requestHash(), folder);
            return true;
        } catch (JobException e) {
            if (e.code() != ErrorCode.BAD_MODEL) {
                throw e;
            }
            LOG.warnf(
                    "job %s can't go on from step %d, an earlier checkpoint is tried: %s",
                    attempt.jobId(), ref.step(), e.getMessage());
            WorkFolders.delete(folder);
            return false;
        }
    }

    private void stopIfAsked() {
        Interruption asked = sink.interruption();
        if (asked != Interruption.NONE) {
            throw new StoppedException(asked, newest == null ? 0 : newest.step(), newest == null ? null : newest.uri());
        }
    }

    private static Map<String, JsonNode> reports(TrainingSession.Material material) {
        Map<String, JsonNode> splits = new LinkedHashMap<>();
        List<TaskRows> all = new ArrayList<>(material.tasks());
        if (material.target() != null) {
            all.add(material.target());
        }
        for (TaskRows rows : all) {
            String prefix = rows.name().isEmpty() ? "" : rows.name() + ".";
            if (rows.training() != null) {
                splits.put(prefix + "train", JSON.valueToTree(rows.training().report()));
            }
            if (rows.texts() != null) {
                splits.put(
                        prefix + "texts",
                        JSON.valueToTree(rows.texts().training().report()));
            }
            if (rows.validation() != null) {
                splits.put(
                        prefix + "validation",
                        JSON.valueToTree(rows.validation().report()));
            }
        }
        return splits;
    }

    private @Nullable Rival rival(JobInputs inputs) {
        String location = request.gates().mustBeat();
        return location == null
                ? null
                : new Rival(location, ArtifactFiles.fetch(location, null, store, models), models, inputs);
    }

    private JobEvent trained(
            TrainingSession session, TrainingSession.Material material, Path work, @Nullable Rival rival) {
        BaseFingerprint base = BaseFingerprint.of(material.modelFolder());
        // Before training: a rival that can't be compared, for its labels are others, costs no hour.
        Double toBeat = rival == null ? null : rival.score(material, session);
        Recipe.Done trained = session.run(methods.recipe(request), material, environment(work));
        Recipe.Finish finish = trained.finish();
        StageOutcome published = finish.published();
        double evaluating = trained.seconds(TrainingResult::evaluationSeconds);
        double saving = trained.seconds(TrainingResult::checkpointSeconds);
        times.end("train", evaluating + saving);
        times.put("evaluate", evaluating);
        times.put("checkpoint", saving);
        Path artifact = published.folder();
        JobEvent.Succeeded outcome = outcome(finish, trained.peakMemory(), "", "", 0);
        new ReportFiles(artifact, request, material.tasks().getFirst(), base)
                .write(attempt.request(), published.result(), outcome);
        Optional<JobEvent.Gate> failed = Gatekeeper.judge(request, finish, times.total(), toBeat);
        if (failed.isPresent()) {
            return refused(failed.get(), finish);
        }
        finish.besides().forEach(besides -> publish(besides, material));
        ArtifactPublisher.Published done = publisher.publish(
                request.output(), attempt.jobId(), attempt.requestHash(), attempt.fence(), artifact, sink::renew);
        if (done.adopted()) {
            return adopted(done);
        }
        checkpoints.dropStages(request.output());
        times.end("publish");
        return outcome(finish, trained.peakMemory(), done.artifactUri(), done.manifestSha256(), done.bytes());
    }

    /** Keeps the files as evidence, where nobody takes them for the job's artifact. */
    private JobEvent refused(JobEvent.Gate gate, Recipe.Finish finish) {
        String evidence = publisher.keep(
                ArtifactStore.child(request.output(), EVIDENCE),
                attempt.fence(),
                finish.published().folder(),
                sink::renew);
        return new JobEvent.Failed(
                Gatekeeper.error(gate, evidence),
                newest == null ? finish.published().result().steps() : newest.step(),
                newest == null ? null : newest.uri(),
                gate,
                evidence,
                finish.metrics());
    }

    private TrainingLoop.Environment environment(Path work) {
        Integer limit = request.maxSeconds();
        return new TrainingLoop.Environment(
                null,
                0,
                null,
                sink,
                new JobCheckpoints(),
                WorkFolders.child(work, "loop"),
                from == null ? null : work.resolve(RESUME),
                from == null ? null : from.uri(),
                limit == null ? null : times.startNanos() + limit * 1_000_000_000L);
    }

    /** The job's checkpoints below its output. */
    private final class JobCheckpoints implements Checkpointing {

        @Override
        public String store(@Nullable String stage, long step, Path folder, double seconds) {
            long start = System.nanoTime();
            CheckpointStore.Saved saved = checkpoints.save(
                    request.output(), attempt.jobId(), attempt.requestHash(), attempt.fence(), step, folder);
            String uri = saved.ref().uri();
            newest = saved.ref();
            sink.emit(new JobEvent.Checkpoint(
                    stage, step, uri, saved.bytes(), seconds + (System.nanoTime() - start) / 1e9));
            checkpoints.prune(
                    request.output(), attempt.fence(), request.training().saveTotalLimit(), Set.of(uri));
            WorkFolders.delete(folder);
            return uri;
        }

        @Override
        public String keep(int number, Path folder) {
            return checkpoints.keep(
                    request.output(), attempt.jobId(), attempt.requestHash(), attempt.fence(), number, folder);
        }

        @Override
        public void bring(String location, Path folder) {
            checkpoints.fetch(location, attempt.jobId(), attempt.requestHash(), folder);
        }
    }

    private JobEvent.Succeeded outcome(Recipe.Finish finish, long peakMemory, String uri, String manifest, long bytes) {
        StageOutcome published = finish.published();
        return new JobEvent.Succeeded(
                uri,
                manifest,
                bytes,
                published.trainableParameters(),
                published.methodParameters(),
                published.totalParameters(),
                finish.metrics(),
                published.result().bestStep(),
                published.result().examplesPerSecond(),
                times.all(),
                peakMemory);
    }

    /** A further artifact goes below the output before the job's own: who sees that one finds all. */
    private void publish(Recipe.Besides besides, TrainingSession.Material material) {
        BaseFingerprint base = BaseFingerprint.of(besides.modelFolder());
        Recipe.Finish alone =
                new Recipe.Finish(besides.outcome(), besides.outcome().result().metrics(), List.of());
        Path folder = besides.outcome().folder();
        new ReportFiles(folder, besides.request(), material.tasks().getFirst(), base)
                .write(
                        besides.request().body(),
                        besides.outcome().result(),
                        outcome(alone, besides.outcome().peakMemoryBytes(), "", "", 0));
        publisher.publish(
                ArtifactStore.child(request.output(), besides.name()),
                attempt.jobId(),
                attempt.requestHash(),
                attempt.fence(),
                folder,
                sink::renew);
    }

    /** An earlier attempt published and died before it could say so: its own report tells what the event says. */
    private JobEvent adopted(ArtifactPublisher.Published published) {
        String location = ArtifactStore.child(published.artifactUri(), ReportFiles.METRICS);
        byte[] bytes = store.read(location)
                .orElseThrow(() -> new JobException(
                        ErrorCode.BAD_MODEL,
                        "output",
                        "%s is missing from an artifact that is already published; choose another output"
                                .formatted(location)));
        try {
            JsonNode report = JSON.readTree(bytes);
            return new JobEvent.Succeeded(
                    published.artifactUri(),
                    published.manifestSha256(),
                    published.bytes(),
                    report.path("trainable_parameters").asLong(),
                    report.path("method_parameters").asLong(),
                    report.path("total_parameters").asLong(),
                    JSON.convertValue(report.path("metrics"), new TypeReference<Map<String, Object>>() {}),
                    report.path("best_step").asLong(),
                    report.path("examples_per_second").asDouble(),
                    JSON.convertValue(report.path("seconds"), new TypeReference<Map<String, Double>>() {}),
                    report.path("peak_memory_bytes").asLong());
        } catch (IOException e) {
            throw new UncheckedIOException(location + " can't be read", e);
        }
    }
}
