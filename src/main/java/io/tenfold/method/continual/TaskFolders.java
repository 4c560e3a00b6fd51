package io.tenfold.method.continual;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** Copies and removes folders on this machine. */
final class TaskFolders {

    private TaskFolders() {}

    /** Copies every file below a folder, byte for byte; the target is made. */
    static void copy(Path folder, Path target) throws IOException {
        for (Path path : below(folder)) {
            Path copied = target.resolve(folder.relativize(path).toString());
            if (Files.isDirectory(path)) {
                Files.createDirectories(copied);
            } else {
                Files.copy(path, copied);
            }
        }
    }

    /** Removes a folder with all that is in it. */
    static void delete(Path folder) throws IOException {
        for (Path path : below(folder).reversed()) {
            Files.delete(path);
        }
    }

    /** The folder itself first, and what is in a folder after it. */
    private static List<Path> below(Path folder) throws IOException {
        try (Stream<Path> walk = Files.walk(folder)) {
            return walk.sorted(Comparator.naturalOrder()).toList();
        }
    }
}
