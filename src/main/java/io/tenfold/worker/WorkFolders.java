package io.tenfold.worker;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/** Folders that live as long as an attempt. */
final class WorkFolders {

    private WorkFolders() {}

    static Path create(Path parent) {
        try {
            Files.createDirectories(parent);
            return Files.createTempDirectory(parent, "attempt-");
        } catch (IOException e) {
            throw new UncheckedIOException("no work folder can be made in " + parent, e);
        }
    }

    static Path child(Path folder, String name) {
        try {
            return Files.createDirectories(folder.resolve(name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Deletes a folder and all in it. */
    static void delete(Path folder) {
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the work folder can't be emptied: " + folder, e);
        }
    }
}
