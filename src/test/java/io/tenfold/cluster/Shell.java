package io.tenfold.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Runs programs of others in a folder, with an environment of their own. */
final class Shell {

    private final Path folder;
    private final Map<String, String> environment;

    Shell(Path folder, Map<String, String> environment) {
        this.folder = folder;
        this.environment = environment;
    }

    /** What a command left: its exit status, and what it said on both streams. */
    record Outcome(int status, String words) {}

    /**
     * Runs a command to its end.
     *
     * @return what it said
     * @throws CheckFailed with what it said when it ends with anything but 0
     */
    String run(List<String> command) {
        Outcome outcome = attempt(command);
        CheckFailed.unless(
                outcome.status() == 0,
                "%s ended with %d: %s",
                String.join(" ", command),
                outcome.status(),
                outcome.words());
        return outcome.words();
    }

    /** Likewise, whatever its exit status. */
    Outcome attempt(List<String> command) {
        ProcessBuilder builder =
                new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true);
        builder.environment().putAll(environment);
        try {
            Process process = builder.start();
            process.getOutputStream().close();
            String words = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return new Outcome(process.waitFor(), words);
        } catch (IOException e) {
            throw new UncheckedIOException("%s did not start".formatted(command.getFirst()), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CheckFailed("interrupted while %s ran".formatted(command.getFirst()));
        }
    }
}
