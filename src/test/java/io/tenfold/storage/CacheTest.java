package io.tenfold.storage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CacheTest {

    @TempDir
    Path work;

    private final AtomicInteger downloads = new AtomicInteger();

    @Test
    void whatWasUsedLongestAgoGoesFirst() throws IOException {
        Cache cache = new Cache(work, 250, Duration.ofHours(1));
        Path a = age(object(cache, "a"), 5);
        Path b = age(object(cache, "b"), 4);
        assertEquals(a, object(cache, "a")); // used again: now b is the oldest
        Path c = object(cache, "c");
        assertTrue(Files.exists(a));
        assertFalse(Files.exists(b));
        assertTrue(Files.exists(c));
    }

    @Test
    void whatAJobMayBeReadingStays() {
        Cache cache = new Cache(work, 100, Duration.ofHours(1));
        Path a = object(cache, "a");
        object(cache, "b");
        assertTrue(Files.exists(a));
    }

    @Test
    void aViewWhoseFilesWereRemovedGoesTooAndComesBackWithThem() throws IOException {
        Cache cache = new Cache(work, 150, Duration.ofHours(1));
        Path a = object(cache, "a");
        Path view = cache.view(new TreeMap<>(Map.of("sub/a", a)));
        assertEquals(100, Files.size(view.resolve("sub/a")));
        age(a, 3);
        object(cache, "b");
        object(cache, "c");
        assertFalse(Files.exists(view));
        assertEquals(view, cache.view(new TreeMap<>(Map.of("sub/a", object(cache, "a")))));
        assertEquals(100, Files.size(view.resolve("sub/a")));
    }

    @Test
    void aNameThatLeavesTheViewIsRefused() {
        Cache cache = new Cache(work, 1000, Duration.ofHours(1));
        Path a = object(cache, "a");
        assertThrows(IllegalArgumentException.class, () -> cache.view(new TreeMap<>(Map.of("../../out", a))));
    }

    @Test
    void aDownloadThatFailsLeavesNothing() throws IOException {
        Cache cache = new Cache(work, 1000, Duration.ofHours(1));
        assertThrows(
                IllegalStateException.class,
                () -> cache.object("x", "x", 1, path -> {
                    write(path);
                    throw new IllegalStateException("cut off");
                }));
        assertTrue(cache.find("x", "x").isEmpty());
        try (var left = Files.list(work.resolve("tmp"))) {
            assertEquals(0, left.count());
        }
    }

    @Test
    void manyThreadsDownloadOnceAndTwoCachesOfOneFolderAgree() throws Exception {
        Cache one = new Cache(work, 1000, Duration.ofHours(1));
        Cache other = new Cache(work, 1000, Duration.ofHours(1));
        try (ExecutorService pool = Executors.newFixedThreadPool(8)) {
            List<Future<Path>> paths = IntStream.range(0, 16)
                    .mapToObj(i -> pool.submit(() -> object(i % 2 == 0 ? one : other, "a")))
                    .toList();
            for (Future<Path> path : paths) {
                assertEquals(100, Files.size(path.get()));
            }
        }
        assertTrue(downloads.get() <= 2, "once for each process");
    }

    @Test
    void aDiskThatIsTooSmallIsNamed() {
        Cache cache = new Cache(work, Long.MAX_VALUE, Duration.ofHours(1));
        JobException e =
                assertThrows(JobException.class, () -> cache.object("x", "x", Long.MAX_VALUE / 2, CacheTest::write));
        assertEquals(ErrorCode.OUT_OF_RESOURCES, e.code());
        assertTrue(e.error().message().contains("tenfold.storage.cache-dir"));
    }

    private Path object(Cache cache, String key) {
        return cache.object(key, key, 100, path -> {
            downloads.incrementAndGet();
            write(path);
        });
    }

    private static void write(Path path) {
        try {
            Files.write(path, new byte[100]);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path age(Path object, int hours) throws IOException {
        Files.setLastModifiedTime(
                object.resolveSibling(""), FileTime.from(Instant.now().minus(Duration.ofHours(hours))));
        return object;
    }
}
