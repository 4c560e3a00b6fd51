package io.tenfold.worker;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;
import org.jboss.logging.Logger;

/** Folders that live as long as an attempt. */
final class WorkFolders {

    private static final Logger LOG = Logger.getLogger(WorkFolders.class);

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

    /** Deletes a folder and all in it; what can't be deleted is left, since no result may be lost for it. */
    static void delete(Path folder) {
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        } catch (IOException | UncheckedIOException e) {
            LOG.warnf("the work folder %s can't be emptied: %s", folder, e);
        }
    }
}
