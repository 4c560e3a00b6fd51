package io.tenfold.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code up}, and the commands that talk to it. */
class UpIT {

    private static final String UP = "io.tenfold.localstack.Up";

    @TempDir
    Path directory;

    @Test
    void aSystemSaysWhereItIsTakesARequestAndRemembersItAfterARestart() throws Exception {
        PackagedProgram program = new PackagedProgram(directory);
        Files.writeString(directory.resolve("wrong.json"), "{\"id\": \"wrong\", \"model\": \"s3://models/none\"}");
        Process up = up(program);
        JsonNode ready = ready(up);
        assertTrue(ready.path("ready").asBoolean());
        assertEquals(1, ready.path("pids").path("worker").size());
        assertEquals("tenfold.events", ready.path("topics").path("events").asText());
        assertEquals(
                "[\"models\",\"data\",\"artifacts\"]",
                ready.path("s3").path("buckets").toString());

        var submitted = new PackagedProgram(Files.createDirectory(directory.resolve("a")))
                .run(
                        "submit",
                        "../wrong.json",
                        "--watch",
                        "--json",
                        "--kafka",
                        ready.path("kafka").asText());
        assertEquals(2, submitted.exitStatus(), submitted.words());
        assertEquals(
                "io.tenfold.job.rejected.v1",
                Json.MAPPER.readTree(submitted.results().getLast()).path("type").asText());
        PackagedProgram.stop(up);
        up.waitFor();

        up = up(program);
        ready = ready(up);
        var jobs = new PackagedProgram(Files.createDirectory(directory.resolve("b")))
                .run("jobs", "--json", "--http", ready.path("http").asText());
        assertEquals(0, jobs.exitStatus(), jobs.words());
        assertEquals(
                "wrong",
                Json.MAPPER.readTree(jobs.results().getFirst()).path("id").asText());
        var watched = new PackagedProgram(Files.createDirectory(directory.resolve("c")))
                .run("watch", "wrong", "--kafka", ready.path("kafka").asText());
        assertEquals(2, watched.exitStatus(), watched.words());
        PackagedProgram.stop(up);
        up.waitFor();
    }

    @Test
    void aBusyPortIsToldWithTheOptionThatChangesIt() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, java.net.InetAddress.getLoopbackAddress())) {
            PackagedProgram program = new PackagedProgram(directory);
            var outcome = program.await(program.startMain(
                    UP, "--dir", "state", "--kafka-port", String.valueOf(taken.getLocalPort()), "--workers", "0"));
            assertEquals(2, outcome.exitStatus());
            assertTrue(outcome.words().contains("port %d is taken".formatted(taken.getLocalPort())), outcome.words());
            assertTrue(outcome.words().contains("--kafka-port"), outcome.words());
        }
    }

    private static Process up(PackagedProgram program) throws Exception {
        return program.startMain(UP, "--dir", "state", "--kafka-port", "0", "--s3-port", "0", "--http-port", "0");
    }

    private JsonNode ready(Process up) throws Exception {
        String line = up.inputReader().readLine();
        if (line == null) {
            int status = up.waitFor();
            // On one line: what shows only a failure's first line shows it whole.
            throw new AssertionError("up ended with %d: %s"
                    .formatted(status, String.join(" | ", Files.readAllLines(directory.resolve("stderr.txt")))));
        }
        return Json.MAPPER.readTree(line);
    }
}
