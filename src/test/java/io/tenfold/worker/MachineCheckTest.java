package io.tenfold.worker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.quarkus.runtime.StartupEvent;
import io.tenfold.job.JobError;
import io.tenfold.storage.TestStores;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MachineCheckTest {

    @TempDir
    Path root;

    @Test
    void whatWasFoundIsTold() {
        MachineReport report = check("cpu", root.resolve("work"), true).look();
        assertTrue(report.ready(), () -> report.problems().toString());
        assertFalse(Files.exists(root.resolve("work")), "looking makes nothing");
        JsonNode facts = report.facts();
        assertEquals("2.7.1", facts.path("pytorch").path("version").asText());
        assertTrue(Files.exists(
                Path.of(facts.path("pytorch").path("folder").asText()).resolve(System.mapLibraryName("torch"))));
        assertTrue(facts.path("tokenizers").path("version").asText().endsWith("-0.35.1"), facts::toString);
        assertEquals("cpu", facts.path("device").asText());
        assertEquals(1, facts.path("threads").asInt());
        assertTrue(facts.path("folders").get(0).path("writable").asBoolean());
        assertEquals("cpu (tenfold.device=cpu)", report.lines().get("device"));
    }

    @Test
    void aRunnerWithoutTheGpuThatWasAskedForRefusesToStartAndTellsAllThatIsMissing() throws IOException {
        Path file = Files.createFile(root.resolve("file"));
        MachineCheck check = check("cuda:7", file.resolve("work"), true);
        String words = String.valueOf(assertThrows(IllegalStateException.class, () -> check.start(new StartupEvent()))
                .getMessage());
        assertTrue(words.contains("device cuda:7 is not here: PyTorch sees 0 GPUs; use cpu or auto"), words);
        assertTrue(words.contains("set tenfold.work-dir to a folder that"), words);
        MachineReport report = check.look();
        assertEquals(
                List.of("tenfold.device", "tenfold.work-dir"),
                report.problems().stream().map(JobError::param).toList());
        assertFalse(report.facts().path("ready").asBoolean());
    }

    @Test
    void aGatewayNeedsNoGpu() {
        check("cuda:7", root.resolve("work"), false).start(new StartupEvent());
    }

    private MachineCheck check(String device, Path work, boolean runner) {
        return new MachineCheck(new RunnerConfig(device, 1, Optional.of(work)), TestStores.files(root), runner);
    }
}
