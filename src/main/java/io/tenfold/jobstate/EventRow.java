package io.tenfold.jobstate;

import jakarta.persistence.Column;
import jakarta.persistence.Embeddable;
import jakarta.persistence.EmbeddedId;
import jakarta.persistence.Entity;
import jakarta.persistence.Table;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** An event as it stands in the outbox: written once, marked when the broker has it. */
@Entity
@Table(name = "job_event")
public class EventRow {

    /** @param seq 1, 2, 3 … per job */
    @Embeddable
    public record Key(
            @Column(name = "job_id") String jobId,
            @Column(name = "seq") long seq) {}

    @EmbeddedId
    Key key = new Key("", 0);

    int attempt;

    String kind = "";

    /** The event's own fields, JSON; {@link EventJson} adds job, number, attempt and time. */
    String data = "";

    @Column(name = "written_at", insertable = false, updatable = false)
    @Nullable
    Instant writtenAt;

    boolean published;
}
