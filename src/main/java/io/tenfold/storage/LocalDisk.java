package io.tenfold.storage;

import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import io.tenfold.job.StopCheck;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** What this machine's disk does wrong, told from what a store does: trying again in a minute mends neither. */
final class LocalDisk {

    private static final int PIECE = 1 << 16;

    private LocalDisk() {}

    /**
     * Writes a download to a file; one of many gigabytes can be stopped between two pieces.
     *
     * @throws IOException what reading met, which may pass
     * @throws JobException OUT_OF_RESOURCES when the file can't be written
     */
    static void write(InputStream in, Path file, OpenOption... options) throws IOException {
        OutputStream out;
        try {
            out = Files.newOutputStream(file, options);
        } catch (IOException e) {
            throw unwritable(file, e);
        }
        try (out) {
            byte[] piece = new byte[PIECE];
            for (int read = in.read(piece); read >= 0; read = in.read(piece)) {
                write(out, piece, read, file);
                StopCheck.ask();
            }
        }
    }

    private static void write(OutputStream out, byte[] piece, int length, Path file) {
        try {
            out.write(piece, 0, length);
        } catch (IOException e) {
            throw unwritable(file, e);
        }
    }

    /** A failure to write one of our own files, with the way out. */
    static JobException unwritable(Path file, IOException e) {
        return new JobException(
                ErrorCode.OUT_OF_RESOURCES,
                null,
                "%s can't be written: %s; %s; make room, or set tenfold.storage.cache-dir and tenfold.work-dir to a disk with more"
                        .formatted(file, reason(e), free(file)),
                e);
    }

    /** Why a location of the request can't be written; null when waiting may help. */
    static @Nullable JobException refusal(String location, Path file, IOException e) {
        String reason = reason(e);
        if (reason.contains("No space left") || reason.contains("quota exceeded")) {
            return new JobException(
                    ErrorCode.OUT_OF_RESOURCES,
                    location,
                    "%s can't be written: %s; %s; make room, or choose another output"
                            .formatted(location, reason, free(file)),
                    e);
        }
        if (e instanceof AccessDeniedException
                || reason.contains("Read-only file system")
                || reason.contains("Not a directory")) {
            return new JobException(
                    ErrorCode.BAD_REQUEST,
                    location,
                    "%s can't be written by %s: %s; choose another output, or give that user the right"
                            .formatted(location, System.getProperty("user.name"), reason),
                    e);
        }
        return null;
    }

    private static String reason(IOException e) {
        return e instanceof AccessDeniedException
                ? "permission denied: " + e.getMessage()
                : String.valueOf(e.getMessage());
    }

    private static String free(Path file) {
        try {
            Path there = file.toAbsolutePath();
            while (!Files.exists(there) && there.getParent() != null) {
                there = there.getParent();
            }
            return "%,d bytes are free there"
                    .formatted(Files.getFileStore(there).getUsableSpace());
        } catch (IOException e) {
            return "how much is free there can't be found out";
        }
    }
}
