package io.tenfold.checkpoint;

import ai.djl.ndarray.types.DataType;
import org.jspecify.annotations.Nullable;

/** The types that a safetensors header names. Half precisions are read as fp32, which holds each of their values. */
public enum TensorType {
    F64(8, DataType.FLOAT64),
    F32(4, DataType.FLOAT32),
    F16(2, DataType.FLOAT32),
    BF16(2, DataType.FLOAT32),
    I64(8, DataType.INT64),
    I32(4, DataType.INT32),
    I16(2, DataType.INT16),
    I8(1, DataType.INT8),
    U8(1, DataType.UINT8),
    BOOL(1, DataType.BOOLEAN);

    private final int bytes;
    private final DataType readAs;

    TensorType(int bytes, DataType readAs) {
        this.bytes = bytes;
        this.readAs = readAs;
    }

    /** Bytes of one element in the file. */
    public int bytes() {
        return bytes;
    }

    /** The array's type once read. */
    public DataType readAs() {
        return readAs;
    }

    /** The type of a header's name; null when we don't know it. */
    static @Nullable TensorType named(String name) {
        for (TensorType type : values()) {
            if (type.name().equals(name)) {
                return type;
            }
        }
        return null;
    }

    /** The type that an array is written as; null when safetensors has none for it. */
    static @Nullable TensorType of(DataType type) {
        for (TensorType known : values()) {
            if (known.readAs == type && known.bytes == type.getNumOfBytes()) {
                return known;
            }
        }
        return null;
    }
}
