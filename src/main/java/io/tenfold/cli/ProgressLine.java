package io.tenfold.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.tenfold.job.CloudEvent;

/** What is known of one job, as one line: a bar while it trains, words before and after. */
final class ProgressLine {

    private static final int PERCENT = 100;
    private static final double NANOS_PER_SECOND = 1e9;

    private final String job;
    private String words = "waiting";
    private double percent = -1;
    private double secondsLeft;
    private long heardAt;
    private boolean ended;

    ProgressLine(String job) {
        this.job = job;
    }

    /** Takes in an event. */
    void hear(CloudEvent event, long nanoTime) {
        JsonNode data = event.data();
        heardAt = nanoTime;
        switch (CloudEvent.kind(event.type())) {
            case "progress" -> {
                percent = data.path("percent").asDouble();
                secondsLeft = data.path("eta_seconds").asDouble();
                words = "%sstep %d/%d  loss %.4f%s"
                        .formatted(
                                stage(data),
                                data.path("step").asLong(),
                                data.path("total_steps").asLong(),
                                data.path("loss").asDouble(),
                                speed(data.path("examples_per_second").asDouble()));
            }
            case "accepted" -> {
                long ahead = data.path("queued_ahead").asLong();
                words = ahead == 0 ? "accepted" : "accepted, %d ahead".formatted(ahead);
            }
            case "started" -> words = "reading model and data";
            case "data_report" -> words = "preparing";
            case "handed_over" -> pause("handed over; another worker goes on");
            case "paused" -> pause("paused; 'resume' goes on");
            case "succeeded" -> end("done  " + Words.metrics(data.path("metrics")));
            case "failed" -> end("failed  " + Words.ofError(data.path("error")));
            case "rejected" -> end("rejected  " + Words.ofError(data.path("error")));
            case "cancelled" -> end("cancelled at step " + data.path("step").asLong());
            default -> {
                // Evaluations and checkpoints are told above the bars; a kind of a later version is none of ours.
            }
        }
    }

    private static String stage(JsonNode data) {
        return data.hasNonNull("stage") && !data.path("stage").asText().isEmpty()
                ? data.path("stage").asText() + "  "
                : "";
    }

    /** Nothing until the loop has run long enough to know. */
    private static String speed(double examplesPerSecond) {
        return examplesPerSecond > 0 ? "  %.1f examples/s".formatted(examplesPerSecond) : "";
    }

    private void pause(String why) {
        words = why;
        percent = -1;
    }

    private void end(String how) {
        words = how;
        percent = -1;
        ended = true;
    }

    boolean ended() {
        return ended;
    }

    /** The line for a terminal of this many columns. */
    String bar(int nameWidth, int columns, long nanoTime) {
        String name = ("%-" + nameWidth + "s").formatted(job);
        if (percent < 0) {
            return cut(name + "  " + words, columns);
        }
        double left = Math.max(0, secondsLeft - (nanoTime - heardAt) / NANOS_PER_SECOND);
        String tail = " %3.0f%%  %s%s".formatted(percent, words, timeLeft(left));
        int width = Math.max(8, Math.min(40, columns - nameWidth - tail.length() - 3));
        int full = (int) Math.round(width * percent / PERCENT);
        return cut(name + "  " + "━".repeat(full) + "╌".repeat(width - full) + tail, columns);
    }

    /** The line for a log. */
    String plain() {
        return percent < 0
                ? job + ": " + words
                : "%s: %.0f%%  %s%s".formatted(job, percent, words, timeLeft(secondsLeft));
    }

    private static String timeLeft(double seconds) {
        return seconds > 0 ? "  " + Words.clock(seconds) + " left" : "";
    }

    private static String cut(String line, int columns) {
        return line.length() < columns ? line : line.substring(0, Math.max(0, columns - 2)) + "…";
    }
}
