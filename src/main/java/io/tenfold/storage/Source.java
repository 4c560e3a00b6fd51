package io.tenfold.storage;

import io.tenfold.job.ArtifactStore.Entry;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** One location in one kind of store; errors as {@link io.tenfold.job.ArtifactStore} has them. */
interface Source {

    /** A local copy of the file. */
    Path fetch();

    /** A local folder with the chosen files. */
    Path fetchFolder(List<String> names);

    /** Brings the file to {@code target}, past the cache. */
    void download(Path target);

    /** The bytes of a small file; empty when it is not there. */
    Optional<byte[]> read();

    /** Everything below, sorted. */
    List<Entry> list();

    /** Writes a file. */
    void put(Path file);

    /** Writes unless something is there; false if so. */
    boolean putIfAbsent(byte[] bytes);

    /** Removes the file and everything below. */
    void deleteAll();
}
