package io.tenfold.worker;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WorkFoldersTest {

    @TempDir
    Path root;

    @Test
    void aFolderThatCannotBeDeletedCostsNoResult() {
        assertDoesNotThrow(() -> WorkFolders.delete(root.resolve("gone")));
    }

    @Test
    void whatADeadProcessLeftIsRemovedAndWhatALivingOneUsesIsKept() throws IOException {
        Path dead = Files.createDirectories(root.resolve("attempt-dead/loop"));
        Files.writeString(dead.resolve("best.safetensors"), "weights");
        Files.createFile(root.resolve("attempt-dead/.lock"));
        try (WorkFolders.Attempt first = WorkFolders.create(root);
                WorkFolders.Attempt second = WorkFolders.create(root)) {
            assertFalse(Files.exists(root.resolve("attempt-dead")));
            assertTrue(Files.exists(first.path()) && Files.exists(second.path()));
        }
        try (var left = Files.list(root)) {
            assertEquals(1, left.count(), "the lock of the folder itself");
        }
    }

    @Test
    void aPlaceThatCannotBeUsedNamesTheSetting() throws IOException {
        Path file = Files.createFile(root.resolve("file"));
        JobException e = assertThrows(JobException.class, () -> WorkFolders.create(file.resolve("below")));
        assertEquals(ErrorCode.OUT_OF_RESOURCES, e.code());
        assertEquals("tenfold.work-dir", e.param());
    }
}
