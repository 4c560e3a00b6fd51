package io.tenfold.storage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LocalDiskTest {

    @TempDir
    Path root;

    @Test
    void aFullDiskIsNoStoreThatDoesNotAnswer() {
        AtomicInteger tries = new AtomicInteger();
        Retries retries = new Retries(Duration.ofMinutes(15));
        JobException e = assertThrows(
                JobException.class,
                () -> retries.call("downloading", "s3://data/a", () -> {
                    tries.incrementAndGet();
                    LocalDisk.write(
                            new ByteArrayInputStream(new byte[9]), Path.of("/dev/full"), StandardOpenOption.WRITE);
                    return true;
                }));
        assertEquals(1, tries.get());
        assertEquals(ErrorCode.OUT_OF_RESOURCES, e.code());
        assertTrue(e.error().message().contains("/dev/full"), e.error().message());
        assertTrue(e.error().message().contains("bytes are free"), e.error().message());
    }

    @Test
    void anOutputThatCannotBeWrittenTellsWhoMustAct() {
        assertEquals(ErrorCode.BAD_REQUEST, refused(new AccessDeniedException("/out")));
        assertEquals(ErrorCode.BAD_REQUEST, refused(new FileSystemException("/out", null, "Read-only file system")));
        assertEquals(ErrorCode.OUT_OF_RESOURCES, refused(new IOException("No space left on device")));
        assertNull(LocalDisk.refusal("file:/out", root, new IOException("Stale file handle")));
    }

    private ErrorCode refused(IOException e) {
        return Objects.requireNonNull(LocalDisk.refusal("file:/out", root, e)).code();
    }

    @Test
    void anOutputBelowAFileIsTheRequestsMistake() throws IOException {
        Files.createFile(root.resolve("file"));
        LocationStore store = TestStores.files(root);
        JobException e = assertThrows(
                JobException.class,
                () -> store.putIfAbsent("file:" + root + "/file/out/manifest.json", new byte[] {1}));
        assertEquals(ErrorCode.BAD_REQUEST, e.code());
    }
}
