package io.tenfold.jobstate;

import io.tenfold.job.CheckpointRef;
import io.tenfold.job.JobState;
import jakarta.persistence.Basic;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.FetchType;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A job as it stands in the database. Read through this class and inserted through it; changed by {@link JobRows} alone,
 * whose updates name the fence and the state they start from.
 */
@Entity
@Table(name = "job")
public class JobRow {

    @Id
    String id = "";

    /** A {@link JobState} by its wire name. */
    String state = "";

    int priority;

    /** The method's name; empty when the request names none. */
    String method = "";

    /** The body as it was accepted, JSON; up to a megabyte, so it is read where it is asked for. */
    @Basic(fetch = FetchType.LAZY)
    private String request = "";

    @Column(name = "request_sha256")
    String requestSha256 = "";

    /** The number of the newest attempt; 0 before the first. */
    int fence;

    /** Who runs the job now. */
    @Nullable
    String owner;

    @Column(name = "lease_until")
    @Nullable
    Instant leaseUntil;

    /** Attempts that died since the newest checkpoint. */
    int deaths;

    @Column(name = "checkpoint_step")
    @Nullable
    Long checkpointStep;

    @Column(name = "checkpoint_uri")
    @Nullable
    String checkpointUri;

    /** {@code cancel} or {@code pause}, for the attempt that runs. */
    @Nullable
    String wish;

    @Column(name = "last_seq")
    long lastSeq;

    @Column(name = "progress_seq")
    @Nullable
    Long progressSeq;

    @Nullable
    String traceparent;

    @Nullable
    String tracestate;

    /** Where the newest attempt trains. */
    @Column(insertable = false, updatable = false)
    @Nullable
    String device;

    /** How long attempts held a device, until the one that runs was last counted. */
    @Column(name = "device_seconds", insertable = false, updatable = false)
    double deviceSeconds;

    @Column(name = "submitted_at", insertable = false, updatable = false)
    @Nullable
    Instant submittedAt;

    @Column(name = "started_at")
    @Nullable
    Instant startedAt;

    @Column(name = "ended_at")
    @Nullable
    Instant endedAt;

    String request() {
        return request;
    }

    void request(String body) {
        request = body;
    }

    JobState stateNow() {
        return JobState.ofWire(state);
    }

    /** What stands in {@link #wish}. */
    Wish wished() {
        return Wish.ofWire(wish == null ? "" : wish);
    }

    /** The newest checkpoint; null: there is none. */
    @Nullable
    CheckpointRef checkpoint() {
        return checkpointStep == null || checkpointUri == null
                ? null
                : new CheckpointRef(checkpointStep, checkpointUri);
    }
}
