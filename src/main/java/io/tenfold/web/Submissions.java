package io.tenfold.web;

import com.fasterxml.jackson.databind.JsonNode;
import io.tenfold.job.ArtifactStore;
import io.tenfold.job.CanonicalJson;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobDirectory;
import io.tenfold.job.JobDirectory.JobView;
import io.tenfold.job.JobError;
import io.tenfold.job.JobState;
import io.tenfold.job.MethodCatalog;
import io.tenfold.job.RequestPublisher;
import io.tenfold.job.RequestReader;
import io.tenfold.job.TraceContext;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The way of a request from HTTP to the requests topic: what is wrong is said at once, what is right is published once. */
@ApplicationScoped
class Submissions {

    private static final Duration LOOK_EVERY = Duration.ofMillis(25);

    private final RequestReader reader;
    private final JobDirectory directory;
    private final RequestPublisher publisher;
    private final WebConfig config;

    Submissions(
            MethodCatalog methods,
            ArtifactStore store,
            JobDirectory directory,
            RequestPublisher publisher,
            WebConfig config) {
        this.reader = new RequestReader(methods, store);
        this.directory = directory;
        this.publisher = publisher;
        this.config = config;
    }

    /** What was taken: the job's id and the hash of its request. */
    record Receipt(String id, String requestSha256) {}

    /**
     * Takes a request, or a problem says why not.
     *
     * @param idempotencyKey the id of a body that has none; null where the header is missing
     * @param trace the client's; null where it has none
     */
    Receipt submit(JsonNode body, @Nullable String idempotencyKey, @Nullable TraceContext trace) {
        String id = id(body, idempotencyKey);
        String hash = CanonicalJson.sha256(body);
        Optional<JobView> known = directory.find(id);
        if (known.isPresent() && taken(known.get(), hash)) {
            return new Receipt(id, hash);
        }
        validate(body, id);
        known.ifPresent(job -> demandSame(job, hash));
        publisher.publish(id, body, trace);
        waitForRow(id).ifPresent(job -> demandSame(job, hash));
        return new Receipt(id, hash);
    }

    /** A rejected row is read again instead: its errors are what the author needs. */
    private static boolean taken(JobView job, String hash) {
        return job.requestSha256().equals(hash) && job.state() != JobState.REJECTED;
    }

    private String id(JsonNode body, @Nullable String idempotencyKey) {
        JsonNode own = body.path("id");
        String key = idempotencyKey == null ? "" : unquoted(idempotencyKey.strip());
        if (own.isTextual() && !own.textValue().isBlank()) {
            if (!key.isEmpty() && !key.equals(own.textValue())) {
                throw ProblemException.of(
                        ErrorCode.BAD_REQUEST,
                        "id",
                        "id is %s, but the header Idempotency-Key is %s; leave one out"
                                .formatted(own.textValue(), key));
            }
            return own.textValue();
        }
        if (!key.isEmpty()) {
            return key;
        }
        List<JobError> errors = new ArrayList<>();
        if (own.isMissingNode() || own.isNull()) {
            errors.add(new JobError(
                    ErrorCode.BAD_REQUEST,
                    "id is missing; give one in the body or in the header Idempotency-Key",
                    "id"));
        }
        errors.addAll(errors(body, "unnamed"));
        throw ProblemException.of(errors);
    }

    /** The draft standard writes the key as a quoted text; many clients don't. */
    private static String unquoted(String key) {
        return key.length() >= 2 && key.startsWith("\"") && key.endsWith("\"")
                ? key.substring(1, key.length() - 1)
                : key;
    }

    private void validate(JsonNode body, String id) {
        List<JobError> errors = errors(body, id);
        if (!errors.isEmpty()) {
            throw ProblemException.of(errors);
        }
    }

    private List<JobError> errors(JsonNode body, String id) {
        return switch (reader.read(body, id)) {
            case RequestReader.Result.Valid valid -> List.of();
            case RequestReader.Result.Invalid(List<JobError> errors) -> errors;
        };
    }

    private static void demandSame(JobView job, String hash) {
        if (!job.requestSha256().equals(hash)) {
            throw ProblemException.of(
                    ErrorCode.CONFLICT,
                    "id",
                    "job %s was submitted before with another body; give the new request an id of its own"
                            .formatted(job.id()));
        }
    }

    /**
     * Intake writes the row a few milliseconds after the record. Waiting for it lets the client read what it wrote, and
     * finds the loser of two requests with one id that came at the same time.
     */
    private Optional<JobView> waitForRow(String id) {
        long until = System.nanoTime() + config.rowWait().toNanos();
        Optional<JobView> job = directory.find(id);
        while (job.isEmpty() && System.nanoTime() < until) {
            try {
                Thread.sleep(LOOK_EVERY);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return Optional.empty();
            }
            job = directory.find(id);
        }
        return job;
    }
}
