package io.tenfold.worker;

import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.jboss.logging.Logger;

/**
 * Folders that live as long as an attempt. Each holds a locked file while its process lives; the folders of processes that
 * died are removed when the next attempt begins.
 */
final class WorkFolders {

    private static final Logger LOG = Logger.getLogger(WorkFolders.class);
    private static final String ATTEMPT = "attempt-";
    private static final String LOCK = ".lock";

    /** Never looked at: closing a second channel to a locked file would release the lock of this whole process. */
    private static final Set<Path> OWN = ConcurrentHashMap.newKeySet();

    private WorkFolders() {}

    /** An attempt's own folder. Closing it removes it. */
    record Attempt(Path path, FileChannel lock) implements AutoCloseable {
        @Override
        public void close() {
            delete(path);
            WorkFolders.close(lock);
            OWN.remove(path);
        }
    }

    /** @throws JobException out_of_resources naming the setting when no folder can be made there */
    static synchronized Attempt create(Path parent) {
        try {
            Files.createDirectories(parent);
            // One at a time, so that nobody takes a folder that is not locked yet for a dead process's.
            try (FileChannel turn = open(parent)) {
                turn.lock();
                removeAbandoned(parent);
                Path folder = Files.createTempDirectory(parent, ATTEMPT);
                FileChannel own = open(folder);
                own.lock();
                OWN.add(folder);
                return new Attempt(folder, own);
            }
        } catch (IOException | OverlappingFileLockException e) {
            throw new JobException(
                    ErrorCode.OUT_OF_RESOURCES,
                    "tenfold.work-dir",
                    "no work folder can be made in %s (%s); set tenfold.work-dir to a folder that %s can write to"
                            .formatted(parent, e, System.getProperty("user.name")),
                    e);
        }
    }

    private static FileChannel open(Path folder) throws IOException {
        return FileChannel.open(folder.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    }

    private static void removeAbandoned(Path parent) throws IOException {
        List<Path> folders;
        try (Stream<Path> all = Files.list(parent)) {
            folders = all.filter(path -> String.valueOf(path.getFileName()).startsWith(ATTEMPT))
                    .toList();
        }
        for (Path folder : folders) {
            if (!OWN.contains(folder) && isAbandoned(folder)) {
                LOG.infof("removing %s, which an attempt left that died", folder);
                delete(folder);
            }
        }
    }

    private static boolean isAbandoned(Path folder) {
        try (FileChannel channel = open(folder)) {
            FileLock lock = channel.tryLock();
            return lock != null;
        } catch (IOException | OverlappingFileLockException e) {
            return false;
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

    private static void close(FileChannel lock) {
        try {
            lock.close();
        } catch (IOException e) {
            LOG.warnf("the lock of a work folder can't be released: %s", e);
        }
    }
}
