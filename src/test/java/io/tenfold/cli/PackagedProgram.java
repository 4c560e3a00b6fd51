package io.tenfold.cli;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** Runs the packaged program as a shell would, in a working directory. */
final class PackagedProgram {

    private static final long PATIENCE_SECONDS = 600;

    private final Path workingDirectory;

    PackagedProgram(Path workingDirectory) {
        this.workingDirectory = workingDirectory;
    }

    /** What a command left behind. */
    record Outcome(int exitStatus, List<String> results, String words) {}

    /** Runs a command to its end. */
    Outcome run(String... arguments) throws IOException, InterruptedException {
        return await(start(arguments));
    }

    /** Runs a command to its end, with more in its environment. */
    Outcome run(Map<String, String> environment, String... arguments) throws IOException, InterruptedException {
        return await(start(environment, arguments));
    }

    /** Starts a command. */
    Process start(String... arguments) throws IOException {
        return start(Map.of(), arguments);
    }

    private Process start(Map<String, String> environment, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(java(
                "-jar",
                Path.of("target/quarkus-app/quarkus-run.jar").toAbsolutePath().toString()));
        command.addAll(List.of(arguments));
        return start(command, environment);
    }

    /** Starts a main class of the tests. */
    Process startMain(String mainClass, String... arguments) throws IOException {
        return startMain(Map.of(), mainClass, arguments);
    }

    /** Likewise, with more in its environment. */
    Process startMain(Map<String, String> environment, String mainClass, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(java(
                "-Djava.util.logging.manager=org.jboss.logmanager.LogManager",
                "-Dtenfold.program=" + Path.of("target/quarkus-app").toAbsolutePath(),
                "-cp",
                classPath(),
                mainClass));
        command.addAll(List.of(arguments));
        return start(command, environment);
    }

    private Process start(List<String> command, Map<String, String> environment) throws IOException {
        ProcessBuilder builder =
                new ProcessBuilder(command).directory(workingDirectory.toFile()).redirectError(words().toFile());
        builder.environment().putAll(environment);
        return builder.start();
    }

    /** Waits for the end of a command; its stdout must not have been read before. */
    Outcome await(Process process) throws IOException, InterruptedException {
        List<String> results = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                .lines()
                .toList();
        if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new AssertionError("the command did not end; it said: " + Files.readString(words()));
        }
        return new Outcome(process.exitValue(), results, Files.readString(words()));
    }

    /** This test's own, usable from any working directory. */
    private static String classPath() {
        return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
                .map(entry -> Path.of(entry).toAbsolutePath().toString())
                .collect(Collectors.joining(File.pathSeparator));
    }

    /** Sends SIGTERM; unlike {@link Process#destroy()} it leaves what the command still says readable. */
    static void stop(Process process) {
        assertTrue(ProcessHandle.of(process.pid()).orElseThrow().destroy());
    }

    /** Where stderr goes. */
    Path words() {
        return workingDirectory.resolve("stderr.txt");
    }

    private static List<String> java(String... arguments) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-XX:+UseSerialGC",
                "-Xmx1g"));
        command.addAll(List.of(arguments));
        return command;
    }
}
