package io.tenfold.job;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/** Where a job stands. The legal moves are in {@link #next()} and nowhere else. */
public enum JobState {
    QUEUED,
    RUNNING,
    PAUSED,
    SUCCEEDED,
    FAILED,
    CANCELLED,
    REJECTED;

    /** The states that may follow this one. */
    public Set<JobState> next() {
        return switch (this) {
            case QUEUED -> EnumSet.of(RUNNING, PAUSED, CANCELLED, FAILED);
            case RUNNING -> EnumSet.of(QUEUED, PAUSED, SUCCEEDED, FAILED, CANCELLED);
            case PAUSED -> EnumSet.of(QUEUED, CANCELLED);
            case SUCCEEDED, FAILED, CANCELLED, REJECTED -> EnumSet.noneOf(JobState.class);
        };
    }

    /** Whether nothing follows. */
    public boolean terminal() {
        return next().isEmpty();
    }

    /** The name on the wire and in the database, such as {@code running}. */
    @JsonValue
    public String wire() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The state of that wire name. */
    public static JobState ofWire(String wire) {
        return valueOf(wire.toUpperCase(Locale.ROOT));
    }
}
