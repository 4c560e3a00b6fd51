package io.tenfold.job;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Files by location: {@code s3://bucket/key}, {@code hf://org/name[@revision][/file]}, {@code file:path} (below the
 * configured roots). Every method throws {@link JobException}: {@code bad_request} for a location that can't be used,
 * {@code bad_data} or {@code bad_model} never (the caller knows what the file is for), {@code unavailable} when the
 * store does not answer.
 */
public interface ArtifactStore {

    /** Whether the location can be used at all: scheme, shape, roots. Opens no connection. */
    void check(String location, String param);

    /**
     * A local copy of one file, cached where the store names versions.
     *
     * @throws NotFoundException when it is not there
     */
    Path fetch(String location);

    /**
     * A local folder with those of the named files that are there; a shard index brings its shards.
     *
     * @param names file names, {@code heads/a.safetensors} for one in a folder below; one ending in {@code *} stands for
     *     every file with that beginning
     * @throws NotFoundException when nothing at all is below the location, or a shard that an index names is missing
     */
    Path fetchFolder(String location, List<String> names);

    /**
     * Brings one file to {@code target}, replacing what was there, past the cache: for what is read once, such as a
     * checkpoint.
     *
     * @throws NotFoundException when it is not there
     */
    void download(String location, Path target);

    /** The bytes of a small file; empty when it is not there. */
    Optional<byte[]> read(String location);

    /** Writes a file, replacing what was there. */
    void put(String location, Path file);

    /** Writes a small file unless something is there already; false if so. */
    boolean putIfAbsent(String location, byte[] bytes);

    /** Everything below a location, sorted by location. */
    List<Entry> list(String location);

    /** Removes the file at a location and everything below it; nothing there is no error. */
    void deleteAll(String location);

    /** Where downloads are kept for the next job; it need not be there yet. */
    Path cacheFolder();

    /** One stored file; {@code location} is whole, {@code bytes} its size. */
    record Entry(String location, long bytes) {}

    /** Nothing is at that location. */
    final class NotFoundException extends RuntimeException {
        public NotFoundException(String message) {
            super(message);
        }
    }

    /** The location of {@code name} below {@code folder}. */
    static String child(String folder, String name) {
        return folder.endsWith("/") ? folder + name : folder + "/" + name;
    }
}
