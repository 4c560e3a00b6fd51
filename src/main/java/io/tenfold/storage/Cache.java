package io.tenfold.storage;

import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.UUID;

/**
 * Downloads, kept for the next job: one folder per version of a file, {@code objects/<hash>/<name>}, and folders of links to
 * them, {@code views/<hash>/}. Whatever has its final name is whole: it was renamed there in one step, so that several
 * processes may share the cache. A folder's time of change is the time of its last use.
 */
final class Cache {

    /** Downloads one version of a file to a path that may hold the beginning of it already. */
    @FunctionalInterface
    interface Download {
        void to(Path path);
    }

    private final Path objects;
    private final Path views;
    private final Path unfinished;
    private final CacheSweep sweep;
    private final Object[] locks = new Object[64];

    /** @param keep an object used within this time is never removed */
    Cache(Path directory, long maxBytes, Duration keep) {
        Path whole = directory.toAbsolutePath().normalize();
        objects = whole.resolve("objects");
        views = whole.resolve("views");
        unfinished = whole.resolve("tmp");
        sweep = new CacheSweep(objects, views, unfinished, maxBytes, keep);
        for (int i = 0; i < locks.length; i++) {
            locks[i] = new Object();
        }
    }

    /**
     * The one file of a version, downloaded unless it is here.
     *
     * @param key names the version: store, file, ETag or commit
     * @param name the file's own name, which readers may go by
     * @param bytes its size, or -1
     * @throws JobException OUT_OF_RESOURCES when the disk is too small
     */
    Path object(String key, String name, long bytes, Download download) {
        String hash = Digests.sha256(key);
        Path object = objects.resolve(hash).resolve(name);
        // Two threads of one process download once; two processes may download twice, and the later rename loses.
        synchronized (locks[Math.floorMod(hash.hashCode(), locks.length)]) {
            if (touch(object)) {
                return object;
            }
            sweep.makeRoom(Math.max(0, bytes));
            Path folder = unfinished.resolve(UUID.randomUUID().toString());
            try {
                Files.createDirectories(folder);
                demandSpace(bytes, name);
                download.to(folder.resolve(name));
                moveInto(folder, objects.resolve(hash));
            } catch (IOException e) {
                throw unusable(e);
            } finally {
                CacheSweep.delete(folder);
            }
            return object;
        }
    }

    /**
     * A version of a file if it is here.
     *
     * @param key as in {@link #object}
     */
    Optional<Path> find(String key, String name) {
        Path object = objects.resolve(Digests.sha256(key)).resolve(name);
        return touch(object) ? Optional.of(object) : Optional.empty();
    }

    /**
     * A folder with these files in it, as links; files of the cache itself, by their name in the folder.
     *
     * @throws IllegalArgumentException for a name that leaves the folder
     */
    Path view(SortedMap<String, Path> files) {
        StringBuilder content = new StringBuilder();
        files.forEach(
                (name, path) -> content.append(name).append('\0').append(path).append('\n'));
        Path view = views.resolve(Digests.sha256(content.toString()));
        if (touch(view)) {
            return view;
        }
        Path folder = unfinished.resolve(UUID.randomUUID().toString());
        try {
            Files.createDirectories(folder);
            for (Map.Entry<String, Path> file : files.entrySet()) {
                if (!Location.staysBelow(file.getKey())) {
                    throw new IllegalArgumentException("'%s' leaves its folder".formatted(file.getKey()));
                }
                Path link = folder.resolve(file.getKey());
                Files.createDirectories(link.getParent());
                Files.createSymbolicLink(link, file.getValue());
            }
            moveInto(folder, view);
            return view;
        } catch (IOException e) {
            throw unusable(e);
        } finally {
            CacheSweep.delete(folder);
        }
    }

    /** Marks as used just now; false when it is not there. */
    private static boolean touch(Path path) {
        boolean folder = Files.isDirectory(path);
        try {
            if (!folder && !Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)) {
                return false;
            }
            Files.setLastModifiedTime(folder ? path : path.resolveSibling(""), FileTime.from(Instant.now()));
            return true;
        } catch (NoSuchFileException e) {
            return false; // another process removed it between the two lines above
        } catch (IOException e) {
            return Files.exists(path); // a cache that others fill and this process only reads
        }
    }

    private static void moveInto(Path folder, Path target) throws IOException {
        Files.createDirectories(target.resolveSibling(""));
        try {
            Files.move(folder, target, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            // A rename onto a folder that is not empty is refused: another process was faster, and its copy is as good.
            if (!Files.isDirectory(target)) {
                throw e;
            }
        }
    }

    private void demandSpace(long bytes, String name) throws IOException {
        long usable = Files.getFileStore(unfinished).getUsableSpace();
        if (bytes > usable) {
            throw new JobException(
                    ErrorCode.OUT_OF_RESOURCES,
                    name,
                    "%s has %,d bytes, and the disk of %s has %,d left; free some, or set tenfold.storage.cache-dir"
                            .formatted(name, bytes, unfinished.getParent(), usable));
        }
    }

    private JobException unusable(IOException e) {
        return new JobException(
                ErrorCode.OUT_OF_RESOURCES,
                null,
                "the cache in %s can't be written: %s; set tenfold.storage.cache-dir to a folder that can"
                        .formatted(unfinished.getParent(), e.toString()),
                e);
    }
}
