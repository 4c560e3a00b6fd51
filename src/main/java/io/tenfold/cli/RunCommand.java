package io.tenfold.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tenfold.job.ArtifactStore;
import io.tenfold.job.CanonicalJson;
import io.tenfold.job.Interruption;
import io.tenfold.job.JobError;
import io.tenfold.job.JobEvent;
import io.tenfold.job.MethodCatalog;
import io.tenfold.job.RequestReader;
import io.tenfold.worker.Attempt;
import io.tenfold.worker.JobRunner;
import jakarta.inject.Inject;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** One job here and now, by the same runner as a worker's. */
@Command(
        name = "run",
        mixinStandardHelpOptions = true,
        description = {
            "Runs one job here and now, without Kafka, S3 or a database.",
            "Plain paths and file: locations in the request are taken from the working directory."
        },
        footer = {
            "",
            "Ctrl-C cancels: the job writes a checkpoint first, and the same command goes on from there.",
            "",
            "Examples:",
            "  ./tenfold run request.json",
            "  ./tenfold run request.json --threads 2",
            "  ./tenfold run request.json --json | jq 'select(.type | endswith(\".evaluated.v1\")).data.metrics'"
        })
class RunCommand implements Callable<Integer>, NeedsQuarkus {

    @Parameters(paramLabel = "REQUEST.json", description = "the request, as it would stand on the requests topic")
    Path file = Path.of("");

    @Option(names = "--threads", paramLabel = "N", description = "threads for tensors (default: one for each core)")
    @Nullable
    Integer threads;

    @Option(names = "--json", description = "every event as one CloudEvent line on stdout, the last one last")
    boolean json;

    @Inject
    JobRunner runner;

    @Inject
    MethodCatalog methods;

    @Inject
    ArtifactStore store;

    @Override
    public Map<String, String> settingsBeforeStart() {
        Map<String, String> settings = new HashMap<>(NeedsQuarkus.toolProfile());
        NeedsQuarkus.threads(threads).ifPresent(count -> settings.put("tenfold.threads", count));
        return settings;
    }

    @Override
    public Integer call() {
        ObjectNode written = RequestFile.read(file);
        String id = RequestFile.id(written, file);
        ObjectNode body = LocalPaths.resolve(written, Path.of(""));
        try (EventOutput output = new EventOutput(json)) {
            LocalSink sink = new LocalSink(id, output::hear);
            return switch (new RequestReader(methods, store).read(body, id)) {
                case RequestReader.Result.Invalid(List<JobError> errors) -> {
                    sink.emit(new JobEvent.Rejected(errors));
                    yield ExitStatus.WRONG_REQUEST;
                }
                case RequestReader.Result.Valid valid -> {
                    boolean interrupted = train(id, body, valid.request().output(), sink);
                    yield interrupted && output.exitStatus() != ExitStatus.DONE
                            ? ExitStatus.INTERRUPTED
                            : output.exitStatus();
                }
            };
        }
    }

    /** Returns whether somebody interrupted it. */
    private boolean train(String id, ObjectNode body, String output, LocalSink sink) {
        String hash = CanonicalJson.sha256(body);
        EarlierAttempts earlier = EarlierAttempts.in(store, output, id, hash);
        sink.emit(new JobEvent.Accepted(hash, 0));
        sink.begin(earlier.nextFence());
        StopSignal stop = StopSignal.listen(() -> sink.interrupt(Interruption.CANCEL));
        String worker = "local-" + ProcessHandle.current().pid();
        runner.run(new Attempt(id, body, hash, earlier.nextFence(), earlier.checkpoint(), worker), sink);
        return stop.came();
    }
}
