package io.tenfold.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code check} of the packaged program, on a machine that has all and on one that lacks something. */
class CheckIT {

    @TempDir
    Path directory;

    private PackagedProgram program;

    @BeforeEach
    void makeProgram() {
        program = new PackagedProgram(directory);
    }

    @Test
    void aMachineThatHasAllIsReady() throws Exception {
        var outcome = program.run(Map.of("TENFOLD_WORK_DIR", directory.toString()), "check", "--json");
        assertEquals(0, outcome.exitStatus(), outcome.words());
        JsonNode facts = Json.MAPPER.readTree(outcome.results().getFirst());
        assertTrue(facts.path("ready").asBoolean());
        assertEquals(
                directory.toString(), facts.path("folders").get(0).path("path").asText());
    }

    @Test
    void whatIsMissingIsToldWithTheWayOut() throws Exception {
        Path file = Files.createFile(directory.resolve("file"));
        var outcome = program.run(
                Map.of("DJL_CACHE_DIR", file.resolve("natives").toString(), "TENFOLD_WORK_DIR", directory.toString()),
                "check");
        assertEquals(1, outcome.exitStatus(), outcome.words());
        assertTrue(outcome.words().contains("PyTorch can't be loaded: "), outcome.words());
        assertTrue(outcome.words().contains("the tokenizers' library can't be loaded: "), outcome.words());
        assertTrue(outcome.words().contains("DJL_CACHE_DIR"), outcome.words());
        assertTrue(outcome.results().stream().anyMatch(line -> line.startsWith("work ")), outcome.results()::toString);
    }
}
