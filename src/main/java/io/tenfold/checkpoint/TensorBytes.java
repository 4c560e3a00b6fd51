package io.tenfold.checkpoint;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import io.tenfold.tensor.Ops;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.channels.WritableByteChannel;

/** A tensor's bytes in a file to an array and back, slice by slice: a buffer holds less than 2 GiB, a tensor may not. */
final class TensorBytes {

    private static final int SLICE_ELEMENTS = 1 << 23;
    private static final ValueLayout.OfShort HALF = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private TensorBytes() {}

    static NDArray read(NDManager manager, TensorInfo info, MemorySegment data) {
        NDArray array = manager.create(info.shape(), info.type().readAs());
        long size = info.shape().size();
        try (NDArray flat = array.reshape(size)) {
            for (long from = 0; from < size; from += SLICE_ELEMENTS) {
                long to = Math.min(size, from + SLICE_ELEMENTS);
                MemorySegment slice = data.asSlice(
                        from * info.type().bytes(), (to - from) * info.type().bytes());
                // The array over a direct buffer shares the file's pages: it is copied, then dropped.
                try (NDArray view = manager.create(
                                buffer(info.type(), slice),
                                new Shape(to - from),
                                info.type().readAs());
                        NDArray target = flat.get(new NDIndex("{}:{}", from, to))) {
                    Ops.copy(view, target);
                }
            }
        }
        return array;
    }

    private static ByteBuffer buffer(TensorType type, MemorySegment slice) {
        return switch (type) {
            case F16, BF16 -> widened(type, slice);
            case F64, F32, I64, I32, I16, I8, U8, BOOL -> slice.asByteBuffer().order(ByteOrder.nativeOrder());
        };
    }

    /** One element, which of 64 bits may lose the last ones. */
    static double number(TensorType type, MemorySegment data, long element) {
        long at = element * type.bytes();
        return switch (type) {
            case F64 -> data.get(ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN), at);
            case F32 -> data.get(ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN), at);
            case F16 -> Float.float16ToFloat(data.get(HALF, at));
            case BF16 -> Float.intBitsToFloat(data.get(HALF, at) << 16);
            case I64 -> data.get(ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN), at);
            case I32 -> data.get(ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN), at);
            case I16 -> data.get(HALF, at);
            case I8 -> data.get(ValueLayout.JAVA_BYTE, at);
            case U8, BOOL -> Byte.toUnsignedInt(data.get(ValueLayout.JAVA_BYTE, at));
        };
    }

    private static ByteBuffer widened(TensorType type, MemorySegment slice) {
        int elements = (int) (slice.byteSize() / 2);
        ByteBuffer bytes = ByteBuffer.allocateDirect(elements * 4).order(ByteOrder.nativeOrder());
        FloatBuffer floats = bytes.asFloatBuffer();
        for (int i = 0; i < elements; i++) {
            short half = slice.get(HALF, 2L * i);
            floats.put(type == TensorType.F16 ? Float.float16ToFloat(half) : Float.intBitsToFloat(half << 16));
        }
        return bytes;
    }

    static void write(WritableByteChannel channel, NDArray array) throws IOException {
        long size = array.size();
        try (NDArray flat = array.reshape(size)) {
            for (long from = 0; from < size; from += SLICE_ELEMENTS) {
                try (NDArray slice = flat.get(new NDIndex("{}:{}", from, Math.min(size, from + SLICE_ELEMENTS)))) {
                    ByteBuffer bytes = slice.toByteBuffer(true);
                    while (bytes.hasRemaining()) {
                        channel.write(bytes);
                    }
                }
            }
        }
    }
}
