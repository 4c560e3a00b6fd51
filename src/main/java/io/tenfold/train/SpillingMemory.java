package io.tenfold.train;

import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * Bytes that are kept until this is closed: off the heap up to a limit, beyond it in a mapped file, which is deleted with
 * this, or with the process.
 */
public final class SpillingMemory implements AutoCloseable {

    /** Bytes of what a teacher says, or frozen layers make, that are kept at all: 8 GiB. It is not the machine's, on which the last bits would depend. */
    public static final long MOST_KEPT = 1L << 33;

    private static final long IN_MEMORY = 1L << 30;

    private final Arena arena = Arena.ofShared();
    private final long limit;
    private final long most;
    private final Path folder;
    private long inMemory;
    private long inFile;
    private @Nullable FileChannel file;
    private MemorySegment mapped = MemorySegment.NULL;

    /** The usual limit in memory: 1 GiB, or half of what the JVM may take where that is less. */
    public static long usualLimit() {
        return Math.min(IN_MEMORY, Runtime.getRuntime().maxMemory() / 2);
    }

    /**
     * @param limit bytes in memory
     * @param most bytes in all
     * @param folder for the file
     */
    public SpillingMemory(long limit, long most, Path folder) {
        this.limit = limit;
        this.most = most;
        this.folder = folder;
    }

    /**
     * Copies bytes.
     *
     * @return where they lie; not to be changed
     * @throws JobException out_of_resources when the disk is full
     */
    public MemorySegment keep(ByteBuffer bytes) {
        MemorySegment given = MemorySegment.ofBuffer(bytes);
        if (inMemory + given.byteSize() <= limit) {
            inMemory += given.byteSize();
            return arena.allocate(given.byteSize(), Float.BYTES).copyFrom(given);
        }
        try {
            return write(bytes);
        } catch (IOException e) {
            throw new JobException(
                    ErrorCode.OUT_OF_RESOURCES,
                    null,
                    "what layers made of the rows, %,d bytes, doesn't fit into %s: %s; give the work folder a larger disk, or the job a smaller max_length"
                            .formatted(most, folder, e.getMessage()),
                    e);
        }
    }

    /** Written, not stored through the mapping: there a full disk would end the process. */
    private MemorySegment write(ByteBuffer bytes) throws IOException {
        FileChannel channel = open();
        long from = inFile;
        ByteBuffer rest = bytes.duplicate();
        while (rest.hasRemaining()) {
            inFile += channel.write(rest, inFile);
        }
        return mapped.asSlice(from, inFile - from);
    }

    private FileChannel open() throws IOException {
        FileChannel channel = file;
        if (channel == null) {
            channel = FileChannel.open(
                    Files.createTempFile(folder, "frozen-", ".states"),
                    StandardOpenOption.READ,
                    StandardOpenOption.WRITE,
                    StandardOpenOption.DELETE_ON_CLOSE);
            file = channel;
            // A file with holes: it takes the room of what is written.
            mapped = channel.map(FileChannel.MapMode.READ_WRITE, 0, most - inMemory, arena);
        }
        return channel;
    }

    /** How many bytes lie in the file. */
    long inFile() {
        return inFile;
    }

    @Override
    public void close() {
        arena.close();
        try {
            if (file != null) {
                file.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
