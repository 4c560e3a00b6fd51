package io.tenfold.localstack;

import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** One worker: the packaged program in a process of its own, told by its environment where things are, and started again when it dies. */
final class WorkerProcess implements AutoCloseable {

    private static final Duration LONGEST_START = Duration.ofMinutes(3);
    private static final Duration LONGEST_STOP = Duration.ofSeconds(60);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(500);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);
    private static final Duration HEALTHY_AFTER = Duration.ofSeconds(30);
    private static final int LAST_LOG_LINES = 15;
    private static final int OK = 200;

    private final String name;
    private final List<String> command;
    private final Map<String, String> environment;
    private final Path log;
    private final String http;
    private final PrintStream words;
    private volatile Process process;
    private final AtomicInteger restarts = new AtomicInteger();
    private volatile boolean stopping;

    /**
     * Starts it.
     *
     * @param name for the log's name and for messages
     * @param http where it will answer, such as {@code http://127.0.0.1:8080}
     * @param words where deaths are told
     */
    WorkerProcess(
            String name,
            List<String> command,
            Map<String, String> environment,
            Path logs,
            String http,
            PrintStream words) {
        this.name = name;
        this.command = command;
        this.environment = environment;
        this.log = logs.resolve(name + ".log");
        this.http = http;
        this.words = words;
        this.process = start();
        Thread.ofPlatform().daemon().name(name).start(this::keepAlive);
    }

    private Process start() {
        try {
            Files.createDirectories(log.getParent());
            ProcessBuilder builder = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
            builder.environment().putAll(environment);
            return builder.start();
        } catch (IOException e) {
            throw new UncheckedIOException(name + " did not start", e);
        }
    }

    private void keepAlive() {
        Duration pause = FIRST_PAUSE;
        try {
            while (!stopping) {
                long started = System.nanoTime();
                int status = process.waitFor();
                boolean wasHealthy = System.nanoTime() - started > HEALTHY_AFTER.toNanos();
                pause = wasHealthy ? FIRST_PAUSE : min(pause.multipliedBy(2), LONGEST_PAUSE);
                // At Ctrl-C the worker hears the signal itself, perhaps before this process does.
                Thread.sleep(pause);
                if (!stopping) {
                    process = start();
                    restarts.incrementAndGet();
                    words.printf(
                            "%s died (exit %d) and was started again as %d; its log is %s%n", name, status, pid(), log);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static Duration min(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }

    /**
     * Returns when it answers that it is ready. One that dies meanwhile is started again once: a port may have been taken in the
     * moment before it listens, a second death is no accident.
     *
     * @throws StackProblem with the end of its log when it does not
     */
    void awaitReady() {
        long deadline = System.nanoTime() + LONGEST_START.toNanos();
        try (HttpClient client = HttpClient.newHttpClient()) {
            while (!isReady(client)) {
                if (restarts.get() > 1 || System.nanoTime() > deadline) {
                    throw new StackProblem("%s did not become ready; the end of %s:%n%s"
                            .formatted(name, log, String.join(System.lineSeparator(), endOfLog())));
                }
                Thread.sleep(FIRST_PAUSE.dividedBy(2));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StackProblem("interrupted while " + name + " started");
        }
    }

    private boolean isReady(HttpClient client) throws InterruptedException {
        HttpRequest question = HttpRequest.newBuilder(URI.create(http + "/q/health/ready"))
                .timeout(Duration.ofSeconds(5))
                .build();
        try {
            return client.send(question, HttpResponse.BodyHandlers.discarding()).statusCode() == OK;
        } catch (IOException e) {
            // It is not listening yet.
            return false;
        }
    }

    private List<String> endOfLog() {
        try {
            List<String> lines = Files.readAllLines(log);
            return lines.subList(Math.max(0, lines.size() - LAST_LOG_LINES), lines.size());
        } catch (IOException e) {
            return List.of("(the log can't be read: " + e.getMessage() + ")");
        }
    }

    /** The process that runs now. */
    long pid() {
        return process.pid();
    }

    /** Asks it to stop, without waiting. */
    void beginToStop() {
        stopping = true;
        process.destroy();
    }

    /** Asks it to stop: it hands its job over first. One that does not listen is killed. */
    @Override
    public void close() {
        beginToStop();
        try {
            if (!process.waitFor(LONGEST_STOP.toMillis(), TimeUnit.MILLISECONDS)) {
                process.destroyForcibly().waitFor();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            process.destroyForcibly();
        }
    }
}
