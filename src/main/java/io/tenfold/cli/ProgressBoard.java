package io.tenfold.cli;

import io.tenfold.job.CloudEvent;
import java.io.PrintStream;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Live progress of one or several jobs, one bar each. On a terminal the bars stay at the bottom and are redrawn in place,
 * everything else is told above them; elsewhere (a log, a pipe) there are plain lines, progress at most every few
 * seconds a job. Safe for several threads.
 */
public final class ProgressBoard implements AutoCloseable {

    private static final Duration BETWEEN_PLAIN_LINES = Duration.ofSeconds(5);
    private static final Duration BETWEEN_REDRAWS = Duration.ofMillis(500);
    private static final int USUAL_COLUMNS = 100;

    private final PrintStream out;
    private final boolean terminal;
    private final int columns;
    private final Map<String, ProgressLine> lines = new LinkedHashMap<>();
    private final Map<String, Long> lastPlain = new LinkedHashMap<>();
    private final ScheduledExecutorService clock;
    private int drawn;

    ProgressBoard(PrintStream out, boolean terminal, int columns) {
        this.out = out;
        this.terminal = terminal;
        this.columns = columns;
        this.clock = Executors.newSingleThreadScheduledExecutor(
                Thread.ofPlatform().daemon().name("progress").factory());
        if (terminal) {
            long millis = BETWEEN_REDRAWS.toMillis();
            var redraws = clock.scheduleAtFixedRate(this::redraw, millis, millis, TimeUnit.MILLISECONDS);
            assert !redraws.isCancelled();
        }
    }

    /** A board on stderr. Whether that is a terminal only the shell can tell: the launcher does, in {@code tenfold.terminal}. */
    public static ProgressBoard onStderr() {
        return new ProgressBoard(
                System.err,
                Boolean.getBoolean("tenfold.terminal"),
                Integer.getInteger("tenfold.columns", USUAL_COLUMNS));
    }

    /** Makes room for a job, so that bars stand in the order in which jobs were asked for. */
    public synchronized void expect(String job) {
        lines.computeIfAbsent(job, ProgressLine::new);
        redraw();
    }

    /** Takes in the next event of a job. */
    public synchronized void hear(CloudEvent event) {
        ProgressLine line = lines.computeIfAbsent(event.subject(), ProgressLine::new);
        line.hear(event, System.nanoTime());
        String aside = aside(event);
        if (!aside.isEmpty()) {
            say(event.subject() + ": " + aside);
        } else if (terminal) {
            redraw();
        } else if (isDue(event)) {
            out.println(line.plain());
        }
    }

    /** Tells something above the bars. */
    public synchronized void say(String words) {
        wipe();
        out.println(words);
        draw();
    }

    /** Leaves the last state of the bars on the screen. */
    @Override
    public synchronized void close() {
        clock.shutdownNow();
        redraw();
        drawn = 0;
    }

    private static String aside(CloudEvent event) {
        var data = event.data();
        return switch (CloudEvent.kind(event.type())) {
            case "evaluated" ->
                "%s after step %d: %s"
                        .formatted(
                                data.path("split").asText(),
                                data.path("step").asLong(),
                                Words.metrics(data.path("metrics")));
            case "checkpoint" ->
                "checkpoint of step %d, %s, %s"
                        .formatted(
                                data.path("step").asLong(),
                                Words.bytes(data.path("bytes").asDouble()),
                                data.path("uri").asText());
            case "started" ->
                data.path("resumed_from_step").asLong() > 0
                        ? "goes on from step " + data.path("resumed_from_step").asLong()
                        : "";
            default -> "";
        };
    }

    private boolean isDue(CloudEvent event) {
        if (!CloudEvent.kind(event.type()).equals("progress")) {
            return true;
        }
        long now = System.nanoTime();
        Long last = lastPlain.get(event.subject());
        if (last != null && now - last < BETWEEN_PLAIN_LINES.toNanos()) {
            return false;
        }
        lastPlain.put(event.subject(), now);
        return true;
    }

    private synchronized void redraw() {
        wipe();
        draw();
    }

    private void wipe() {
        if (drawn > 0) {
            // Up to the first bar, to its beginning, and away with everything below.
            out.print("\u001b[%dA\r\u001b[J".formatted(drawn));
            drawn = 0;
        }
    }

    private void draw() {
        if (!terminal) {
            return;
        }
        int nameWidth = lines.keySet().stream().mapToInt(String::length).max().orElse(0);
        long now = System.nanoTime();
        lines.values().forEach(line -> out.println(line.bar(nameWidth, columns, now)));
        drawn = lines.size();
        out.flush();
    }
}
