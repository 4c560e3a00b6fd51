package io.tenfold.checkpoint;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Reads tensors from safetensors files, which it maps into memory: one file, or the shards that {@code
 * model.safetensors.index.json} lists. Whatever a file says of itself is checked when it is opened; every lie, and a
 * truncated file, is {@code bad_model} with the tensor and the numbers.
 */
public final class SafetensorsReader implements AutoCloseable {

    private static final ValueLayout.OfLong LENGTH = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private record Stored(TensorInfo info, MemorySegment data) {}

    private final Arena arena = Arena.ofShared();
    private final Map<String, Stored> tensors = new LinkedHashMap<>();

    private SafetensorsReader() {}

    /** Opens one file. */
    public static SafetensorsReader open(Path file) {
        return opened(reader -> reader.map(file));
    }

    /** Opens the file, or all shards, of a model's folder in Hugging Face layout. */
    public static SafetensorsReader openModel(Path folder) {
        return opened(reader -> ShardIndex.files(folder).forEach(reader::map));
    }

    private static SafetensorsReader opened(Consumer<SafetensorsReader> work) {
        SafetensorsReader reader = new SafetensorsReader();
        try {
            work.accept(reader);
            return reader;
        } catch (RuntimeException e) {
            reader.close();
            throw e;
        }
    }

    private void map(Path file) {
        MemorySegment whole = mapped(file);
        if (whole.byteSize() < LENGTH.byteSize()) {
            throw Checkpoints.bad(file, "it has %d bytes, too few for a header".formatted(whole.byteSize()));
        }
        long headerBytes = whole.get(LENGTH, 0);
        long rest = whole.byteSize() - LENGTH.byteSize();
        if (headerBytes < 2 || headerBytes > Math.min(rest, SafetensorsHeader.MAX_BYTES)) {
            throw Checkpoints.bad(
                    file,
                    "it says that its header has %s bytes, but %d bytes follow"
                            .formatted(Long.toUnsignedString(headerBytes), rest));
        }
        byte[] header = whole.asSlice(LENGTH.byteSize(), headerBytes).toArray(ValueLayout.JAVA_BYTE);
        MemorySegment data = whole.asSlice(LENGTH.byteSize() + headerBytes);
        SafetensorsHeader.parse(file, header, data.byteSize()).forEach((name, info) -> {
            if (tensors.putIfAbsent(name, new Stored(info, data.asSlice(info.begin(), info.bytes()))) != null) {
                throw Checkpoints.bad(
                        file,
                        "tensor %s is also in %s"
                                .formatted(name, stored(name).info().file()));
            }
        });
    }

    private MemorySegment mapped(Path file) {
        try (FileChannel channel = FileChannel.open(file)) {
            return channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
        } catch (IOException e) {
            throw Checkpoints.bad(file, "it can't be read (" + e + ")", e);
        }
    }

    private Stored stored(String name) {
        Stored stored = tensors.get(name);
        if (stored == null) {
            throw new IllegalArgumentException("there is no tensor named " + name);
        }
        return stored;
    }

    /** All names, in the files' order. */
    public Set<String> names() {
        return Collections.unmodifiableSet(tensors.keySet());
    }

    public boolean contains(String name) {
        return tensors.containsKey(name);
    }

    /** Type, shape and place of a tensor. */
    public TensorInfo info(String name) {
        return stored(name).info();
    }

    /** Reads a tensor into an array of the manager, on its device; half precisions become fp32. */
    public NDArray read(NDManager manager, String name) {
        Stored stored = stored(name);
        return TensorBytes.read(manager, stored.info(), stored.data());
    }

    /** Reads one number of a tensor; {@code element} counts row by row. */
    public double number(String name, long element) {
        Stored stored = stored(name);
        return TensorBytes.number(stored.info().type(), stored.data(), element);
    }

    /** Reads all tensors. */
    public Map<String, NDArray> readAll(NDManager manager) {
        Map<String, NDArray> all = new LinkedHashMap<>();
        tensors.keySet().forEach(name -> all.put(name, read(manager, name)));
        return all;
    }

    @Override
    public void close() {
        arena.close();
    }
}
