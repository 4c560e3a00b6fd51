package io.tenfold.job;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;
import java.util.Optional;

/** What somebody asks of a job that was accepted, or will be. */
public enum JobCommand {
    CANCEL,
    PAUSE,
    RESUME;

    /** The name on the wire. */
    @JsonValue
    public String wire() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The command of that wire name, if there is one. */
    public static Optional<JobCommand> ofWire(String wire) {
        for (JobCommand command : values()) {
            if (command.wire().equals(wire)) {
                return Optional.of(command);
            }
        }
        return Optional.empty();
    }
}
