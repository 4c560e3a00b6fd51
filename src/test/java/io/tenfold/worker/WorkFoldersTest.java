package io.tenfold.worker;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;

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
}
