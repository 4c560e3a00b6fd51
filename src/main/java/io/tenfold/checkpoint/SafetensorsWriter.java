package io.tenfold.checkpoint;

import ai.djl.ndarray.NDArray;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;

/** Writes arrays as safetensors: the same arrays in the same order give the same bytes. */
public final class SafetensorsWriter {

    private static final int ALIGNMENT = 8;

    private SafetensorsWriter() {}

    /**
     * Writes a file, over one that is there.
     *
     * @param tensors the arrays by name, in the order in which they are written
     */
    public static void write(Path file, Map<String, NDArray> tensors) {
        try (FileChannel channel = FileChannel.open(
                file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
            ByteBuffer header = header(tensors);
            while (header.hasRemaining()) {
                channel.write(header);
            }
            for (NDArray array : tensors.values()) {
                TensorBytes.write(channel, array);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("can't write " + file, e);
        }
    }

    private static ByteBuffer header(Map<String, NDArray> tensors) throws IOException {
        ObjectMapper json = new ObjectMapper();
        ObjectNode root = json.createObjectNode();
        // Transformers refuses a file that does not say which framework wrote it.
        root.putObject("__metadata__").put("format", "pt");
        long offset = 0;
        for (Map.Entry<String, NDArray> entry : tensors.entrySet()) {
            NDArray array = entry.getValue();
            TensorType type = TensorType.of(array.getDataType());
            if (type == null) {
                throw new IllegalArgumentException(
                        "safetensors has no type for %s of %s".formatted(array.getDataType(), entry.getKey()));
            }
            ObjectNode tensor = root.putObject(entry.getKey()).put("dtype", type.name());
            for (long dimension : array.getShape().getShape()) {
                tensor.withArray("shape").add(dimension);
            }
            if (array.getShape().dimension() == 0) {
                tensor.putArray("shape");
            }
            long end = offset + array.size() * type.bytes();
            tensor.putArray("data_offsets").add(offset).add(end);
            offset = end;
        }
        byte[] text = json.writeValueAsString(root).getBytes(StandardCharsets.UTF_8);
        int padded = Math.ceilDiv(text.length, ALIGNMENT) * ALIGNMENT;
        ByteBuffer header = ByteBuffer.allocate(Long.BYTES + padded).order(ByteOrder.LITTLE_ENDIAN);
        header.putLong(padded).put(text);
        while (header.hasRemaining()) {
            header.put((byte) ' ');
        }
        return header.flip();
    }
}
