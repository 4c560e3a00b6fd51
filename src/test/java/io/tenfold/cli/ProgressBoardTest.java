package io.tenfold.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.tenfold.job.CloudEvent;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class ProgressBoardTest {

    private static final int COLUMNS = 100;

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
    private long seq;

    @Test
    void aLogGetsPlainLinesAndProgressOnlyNowAndThen() throws Exception {
        try (ProgressBoard board = new ProgressBoard(out, false, COLUMNS)) {
            board.hear(event("a", "started", "{}"));
            board.hear(progress("a", 10));
            board.hear(progress("a", 20));
            board.hear(event(
                    "a", "evaluated", "{\"split\": \"validation\", \"step\": 5, \"metrics\": {\"accuracy\": 0.5}}"));
            board.hear(event(
                    "a",
                    "evaluated",
                    "{\"split\": \"validation\", \"step\": 6, \"metrics\": {\"source\": {\"accuracy\": 0.5, \"loss\": 1},"
                            + " \"target\": {\"accuracy\": 0.25}, \"discriminator\": {\"loss\": 0.7}}}"));
            board.hear(event("a", "succeeded", "{\"metrics\": {\"accuracy\": 0.75}}"));
        }
        assertEquals(
                List.of(
                        "a: reading model and data",
                        "a: 10%  step 10/100  loss 0.5000  8.0 examples/s  1:30 left",
                        "a: validation after step 5: accuracy 0.5000",
                        "a: validation after step 6: source accuracy 0.5000, target accuracy 0.2500",
                        "a: done  accuracy 0.7500"),
                text().lines().toList());
    }

    @Test
    void aTerminalHasOneBarForEachJobAndRedrawsInPlace() throws Exception {
        try (ProgressBoard board = new ProgressBoard(out, true, COLUMNS)) {
            board.expect("first");
            board.expect("second");
            board.hear(progress("second", 50));
        }
        assertTrue(text().contains("\u001b[2A"), "two lines up, to the first bar");
        String last = text().substring(text().lastIndexOf("\u001b[J") + 3);
        assertTrue(last.startsWith("first   waiting"), last);
        assertTrue(last.contains("━") && last.contains("╌") && last.contains(" 50%"), last);
        assertTrue(last.lines().allMatch(line -> line.length() < COLUMNS), last);
    }

    @Test
    void aLineNeverWrapsOnANarrowTerminal() throws Exception {
        ProgressLine line = new ProgressLine("a-job-with-quite-a-long-name");
        line.hear(progress("x", 50), 0);
        assertTrue(line.bar(28, 40, 0).length() < 40);
        assertFalse(line.ended());
    }

    @Test
    void anErrorIsToldWithItsFieldAndCode() throws Exception {
        try (ProgressBoard board = new ProgressBoard(out, false, COLUMNS)) {
            board.hear(event("a", "failed", """
                    {"error": {"code": "bad_data", "param": "data.train", "message": "no such file"}}"""));
        }
        assertEquals("a: failed  bad_data (data.train): no such file", text().strip());
    }

    private CloudEvent progress(String job, int percent) throws Exception {
        return event(job, "progress", """
                {"step": %d, "total_steps": 100, "percent": %d, "loss": 0.5, "examples_per_second": 8, "eta_seconds": 90}""".formatted(percent, percent));
    }

    private CloudEvent event(String job, String kind, String data) throws Exception {
        JsonNode node = Json.MAPPER.readTree(data);
        seq++;
        return CloudEvent.of("local", kind, job, seq, "2026-01-01T00:00:00Z", node);
    }

    private String text() {
        return bytes.toString(StandardCharsets.UTF_8);
    }
}
