package io.tenfold.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code run} and {@code predict} of the packaged program, with files alone. */
class RunIT {

    @TempDir
    Path directory;

    private PackagedProgram program;

    @BeforeEach
    void layOutFiles() throws IOException {
        program = new PackagedProgram(directory);
        copyFolder(Path.of("src/test/resources/golden/bert-bare"), directory.resolve("model"));
        for (String split : List.of("train", "validation")) {
            List<String> rows = Files.readAllLines(Path.of("src/test/resources/demo/support." + split + ".csv"));
            Files.write(directory.resolve(split + ".csv"), rows.subList(0, 49));
        }
    }

    @Test
    void aJobOfFilesAloneLeavesAnArtifactThatPredicts() throws Exception {
        write("job.json", request("job", 4));
        var trained = program.run("run", "job.json", "--json", "--threads", "1");
        assertEquals(0, trained.exitStatus(), trained.words());
        List<JsonNode> events = events(trained.results());
        assertEquals(
                "io.tenfold.job.accepted.v1", events.getFirst().path("type").asText());
        assertEquals(
                "io.tenfold.job.succeeded.v1", events.getLast().path("type").asText());
        for (int i = 0; i < events.size(); i++) {
            assertEquals("job/" + (i + 1), events.get(i).path("id").asText());
            assertEquals(i + 1, events.get(i).path("data").path("seq").asInt());
        }
        assertTrue(Files.exists(directory.resolve("out/manifest.json")));

        var again = program.run("run", "job.json", "--json");
        assertEquals(0, again.exitStatus(), again.words());
        assertEquals(
                events.getLast().path("data").path("artifact_uri"),
                events(again.results()).getLast().path("data").path("artifact_uri"));

        var predicted = program.run(
                "predict", "--artifact", "out", "--text", "where is my parcel", "--text", "it is broken", "--json");
        assertEquals(0, predicted.exitStatus(), predicted.words());
        assertEquals(2, predicted.results().size());
        for (JsonNode row : events(predicted.results())) {
            assertEquals(6, row.path("logits").size());
            assertTrue(row.path("score").asDouble() > 0 && row.path("score").asDouble() <= 1);
        }
    }

    @Test
    void rowsChooseAmongArtifactsOrGetTheirAverage() throws Exception {
        for (String name : List.of("a", "b")) {
            write(name + ".json", request(name, name.equals("a") ? 3 : 6).replace("\"out\"", "\"out-" + name + "\""));
            var trained = program.run("run", name + ".json", "--threads", "1");
            assertEquals(0, trained.exitStatus(), trained.words());
        }
        write("rows.csv", "text,artifact\nwhere is my parcel,b\nwhere is my parcel,a\nwhere is my parcel,b\n");
        var chosen = program.run(
                "predict",
                "--artifact",
                "a=out-a",
                "--artifact",
                "b=out-b",
                "--input",
                "rows.csv",
                "--use-column",
                "artifact",
                "--json");
        assertEquals(0, chosen.exitStatus(), chosen.words());
        List<double[]> logits = logits(chosen.results());
        assertArrayEquals(logits.get(0), logits.get(2), 0, "one artifact gives one answer");

        var averaged = program.run(
                "predict",
                "--artifact",
                "out-a",
                "--artifact",
                "out-b",
                "--average",
                "1,0",
                "--text",
                "where is my parcel",
                "--json");
        assertEquals(0, averaged.exitStatus(), averaged.words());
        assertArrayEquals(logits.get(1), logits(averaged.results()).getFirst(), 1e-5, "all of a and none of b");
        assertTrue(Math.abs(logits.get(0)[0] - logits.get(1)[0]) > 1e-4, "a and b differ");
    }

    @Test
    void anInterruptedJobGoesOnFromItsCheckpoint() throws Exception {
        write("long.json", request("long", 5_000));
        Process running = program.start("run", "long.json", "--json", "--threads", "1");
        var reader = running.inputReader();
        for (String line = reader.readLine(); line != null && !line.contains("progress.v1"); ) {
            line = reader.readLine();
        }
        PackagedProgram.stop(running);
        List<JsonNode> rest = events(reader.lines().toList());
        assertEquals(130, running.waitFor());
        assertEquals("io.tenfold.job.cancelled.v1", rest.getLast().path("type").asText());
        long stopped = rest.getLast().path("data").path("step").asLong();

        running = program.start("run", "long.json", "--json", "--threads", "1");
        reader = running.inputReader();
        String line = reader.readLine();
        while (line != null && !line.contains("started.v1")) {
            line = reader.readLine();
        }
        PackagedProgram.stop(running);
        JsonNode started = Json.MAPPER.readTree(line);
        assertEquals(stopped, started.path("data").path("resumed_from_step").asLong());
        assertEquals(2, started.path("data").path("attempt").asInt());
        assertEquals(130, running.waitFor());
    }

    @Test
    void brokenJsonIsToldWithLineAndColumn() throws Exception {
        write("broken.json", "{\n  \"id\": \"x\",\n  \"model\": s3\n}\n");
        var outcome = program.run("run", "broken.json");
        assertEquals(2, outcome.exitStatus());
        assertTrue(outcome.words().contains("broken.json, line 3, column"), outcome.words());
    }

    @Test
    void everyErrorOfARequestIsTold() throws Exception {
        write(
                "wrong.json",
                request("wrong", 4).replace("\"epochs\"", "\"epoch\"").replace("\"lora\"", "\"lorra\""));
        var outcome = program.run("run", "wrong.json", "--json");
        assertEquals(2, outcome.exitStatus(), outcome.words());
        JsonNode last = events(outcome.results()).getLast();
        assertEquals("io.tenfold.job.rejected.v1", last.path("type").asText());
        List<String> params = new ArrayList<>();
        last.path("data")
                .path("errors")
                .forEach(error -> params.add(error.path("param").asText()));
        assertTrue(params.containsAll(List.of("method.name", "training.epoch")), params::toString);
    }

    @Test
    void aMissingDataFileFailsTheJob() throws Exception {
        write("lost.json", request("lost", 4).replace("train.csv", "nowhere.csv"));
        var outcome = program.run("run", "lost.json", "--json");
        assertEquals(1, outcome.exitStatus(), outcome.words());
        JsonNode error = events(outcome.results()).getLast().path("data").path("error");
        assertEquals("bad_data", error.path("code").asText());
        assertEquals("data.train", error.path("param").asText());
    }

    @Test
    void aMistypedOptionIsRefused() throws Exception {
        var outcome = program.run("run", "job.json", "--thread", "2");
        assertEquals(2, outcome.exitStatus());
        assertTrue(outcome.words().contains("--threads"), outcome.words());
    }

    private static String request(String id, int steps) {
        return """
                {"id": "%s", "model": "model", "task": {"type": "sequence_classification"},
                 "data": {"train": "train.csv", "validation": "file:validation.csv"},
                 "method": {"name": "lora", "r": 2},
                 "training": {"epochs": 3, "max_steps": %d, "batch_size": 4, "logging_steps": 1, "max_length": 16},
                 "output": "out"}
                """.formatted(id, steps);
    }

    private void write(String name, String text) throws IOException {
        Files.writeString(directory.resolve(name), text);
    }

    private static List<JsonNode> events(List<String> lines) throws IOException {
        List<JsonNode> events = new ArrayList<>();
        for (String line : lines) {
            events.add(Json.MAPPER.readTree(line));
        }
        return events;
    }

    private static List<double[]> logits(List<String> lines) throws IOException {
        return events(lines).stream()
                .map(row -> IntStream.range(0, row.path("logits").size())
                        .mapToDouble(i -> row.path("logits").get(i).asDouble())
                        .toArray())
                .toList();
    }

    private static void copyFolder(Path from, Path to) throws IOException {
        Files.createDirectories(to);
        try (Stream<Path> files = Files.list(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(file.getFileName()));
            }
        }
    }
}
