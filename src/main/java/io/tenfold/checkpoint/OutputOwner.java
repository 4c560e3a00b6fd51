package io.tenfold.checkpoint;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import io.tenfold.job.ArtifactStore;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import java.io.IOException;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Which job an output belongs to before anything is published there: {@code <output>/owner.json}, put only if absent.
 * Without it two jobs with one output would overwrite each other's checkpoints and find out after hours of training.
 */
public final class OutputOwner {

    static final String NAME = "owner.json";

    private static final ObjectMapper JSON =
            new ObjectMapper().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

    private final ArtifactStore store;
    private final String output;
    private final Owner self;

    /**
     * The file's content.
     *
     * @param startedAt when the job's first attempt began, as ISO 8601 has it
     */
    @JsonNaming(SnakeCaseStrategy.class)
    record Owner(
            String jobId, String requestSha256, @Nullable String startedAt) {

        boolean isFor(Owner other) {
            return jobId.equals(other.jobId) && requestSha256.equals(other.requestSha256);
        }
    }

    public OutputOwner(ArtifactStore store, String output, String jobId, String requestSha256) {
        this.store = store;
        this.output = output;
        self = new Owner(
                jobId,
                requestSha256,
                Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
    }

    /**
     * Makes the output this job's; another attempt of the same job finds that it is.
     *
     * @return when the job's first attempt did this, on the whole second: the same for all its attempts
     * @throws JobException CONFLICT when it is another job's, or another request's under the same id
     */
    public Instant claim() {
        if (store.putIfAbsent(location(), toJson())) {
            return started(self);
        }
        // Released between the two calls: whoever comes next claims it, and the manifest still decides at the end.
        Owner owner = read().orElse(self);
        if (!owner.isFor(self)) {
            String holder = owner.jobId().equals(self.jobId())
                    ? "another request of job " + self.jobId()
                    : "job " + owner.jobId();
            throw new JobException(
                    ErrorCode.CONFLICT,
                    "output",
                    "%s is the output of %s; choose another one, or remove %s when that job is over"
                            .formatted(output, holder, location()));
        }
        return started(owner);
    }

    private Instant started(Owner owner) {
        try {
            return Instant.parse(String.valueOf(owner.startedAt() == null ? self.startedAt() : owner.startedAt()));
        } catch (DateTimeParseException e) {
            throw unreadable(e);
        }
    }

    /** Frees the output of a job that ended without an artifact. */
    public void release() {
        if (read().filter(self::isFor).isPresent()) {
            store.deleteAll(location());
        }
    }

    private String location() {
        return ArtifactStore.child(output, NAME);
    }

    private byte[] toJson() {
        try {
            return JSON.writeValueAsBytes(self);
        } catch (JacksonException e) {
            throw new IllegalStateException("an owner is always JSON", e);
        }
    }

    private Optional<Owner> read() {
        return store.read(location()).map(bytes -> {
            try {
                return JSON.readValue(bytes, Owner.class);
            } catch (IOException e) {
                throw unreadable(e);
            }
        });
    }

    private JobException unreadable(Exception e) {
        return new JobException(
                ErrorCode.CONFLICT,
                "output",
                "%s is not what Tenfold writes; choose another output, or remove that file".formatted(location()),
                e);
    }
}
