package io.tenfold.storage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tenfold.job.ArtifactStore.NotFoundException;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileTest {

    @TempDir
    Path work;

    private Path root;
    private LocationStore store;

    @BeforeEach
    void connect() throws IOException {
        root = Files.createDirectories(work.resolve("root"));
        Files.writeString(work.resolve("secret"), "secret");
        store = TestStores.files(root);
    }

    @Test
    void aFileIsPutReadListedAndRemoved() throws IOException {
        String folder = "file:" + root + "/out";
        store.put(folder + "/a/b", Files.writeString(work.resolve("x"), "content"));
        assertEquals("content", Files.readString(store.fetch(folder + "/a/b")));
        assertEquals(folder + "/a/b", store.list(folder).getFirst().location());
        assertEquals(1, store.list(folder).size());
        store.deleteAll(folder);
        assertEquals(List.of(), store.list(folder));
        assertThrows(NotFoundException.class, () -> store.fetch(folder + "/a/b"));
    }

    @Test
    void putIfAbsentLeavesWhatIsThereAndNothingUnfinished() throws IOException {
        String location = "file:" + root + "/out/manifest.json";
        assertTrue(store.putIfAbsent(location, "one".getBytes(StandardCharsets.UTF_8)));
        assertFalse(store.putIfAbsent(location, "two".getBytes(StandardCharsets.UTF_8)));
        assertEquals("one", Files.readString(root.resolve("out/manifest.json")));
        try (var files = Files.list(root.resolve("out"))) {
            assertEquals(1, files.count());
        }
    }

    @Test
    void relativePathsAreOfTheWorkingDirectory() {
        LocationStore here = TestStores.files(Path.of("").toAbsolutePath());
        assertEquals(Path.of("pom.xml").toAbsolutePath(), here.fetch("file:pom.xml"));
    }

    @Test
    void nothingOutsideTheRootsIsReached() throws IOException {
        Files.createSymbolicLink(root.resolve("link"), work.resolve("secret"));
        Files.createSymbolicLink(root.resolve("folder"), work);
        Files.createSymbolicLink(root.resolve("dangling"), work.resolve("new"));
        for (String path : List.of("../secret", "link", "folder/secret", "a/../../secret", "folder/new")) {
            JobException e = assertThrows(JobException.class, () -> store.fetch("file:" + root + "/" + path), path);
            assertEquals(ErrorCode.BAD_REQUEST, e.code());
        }
        assertThrows(JobException.class, () -> store.fetch("file:/etc/passwd"));
        assertThrows(JobException.class, () -> store.fetch("file:" + work + "/rootless"));
        assertThrows(JobException.class, () -> store.fetchFolder("file:" + root, List.of("link")));
        assertThrows(JobException.class, () -> store.putIfAbsent("file:" + root + "/folder/new", new byte[] {1}));
        assertThrows(JobException.class, () -> store.put("file:" + root + "/dangling", work.resolve("secret")));
        assertFalse(Files.exists(work.resolve("new")));
        assertTrue(store.list("file:" + root).stream()
                .noneMatch(entry -> entry.location().contains("link")));
    }

    @Test
    void withoutRootsEveryFileIsRefusedWithTheKeyToSet() {
        LocationStore none = new LocationStore(TestStores.config(work, Map.of()));
        JobException e = assertThrows(JobException.class, () -> none.check("file:x", "model"));
        assertEquals("model", e.param());
        assertTrue(e.error().message().contains("tenfold.storage.file-roots"));
    }

    @Test
    void aRootItselfIsNotRemoved() {
        assertThrows(JobException.class, () -> store.deleteAll("file:" + root));
        assertTrue(Files.exists(root));
    }

    @Test
    void aFolderIsUsedWhereItLies() throws IOException {
        Files.writeString(Files.createDirectories(root.resolve("m")).resolve("config.json"), "{}");
        Files.createSymbolicLink(root.resolve("m/vocab.txt"), root.resolve("m/config.json"));
        assertEquals(root.resolve("m").toRealPath(), store.fetchFolder("file:" + root + "/m", List.of("*")));
    }
}
