package io.tenfold.cli;

import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A command that trains or loads a model, and so runs inside Quarkus, with its beans. */
interface NeedsQuarkus {

    /**
     * System properties that must stand before Quarkus or the engine starts, by name.
     *
     * @throws CommandProblem when an option is wrong
     */
    Map<String, String> settingsBeforeStart();

    /** The profile in which no Kafka, database or HTTP port starts. */
    static Map<String, String> toolProfile() {
        return Map.of(
                "quarkus.profile",
                "tool",
                // A person at a terminal may name any file that they can read themselves.
                "tenfold.storage.file-roots",
                "/");
    }

    /**
     * The setting for {@code --threads}.
     *
     * @throws CommandProblem for less than one
     */
    static Optional<String> threads(@Nullable Integer count) {
        if (count != null && count < 1) {
            throw CommandProblem.wrongRequest("--threads is %d; it must be at least 1".formatted(count));
        }
        return Optional.ofNullable(count).map(String::valueOf);
    }
}
