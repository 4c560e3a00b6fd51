package io.tenfold.localstack;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The metadata and weights of a GGUF file (version 3). Weights in fp32, in 8 bits (Q8_0) and in 4 bits with a minimum (Q4_1) are
 * read; shapes are as PyTorch has them, rows first.
 */
final class GgufFile {

    private static final int MAGIC = 0x46554747;
    private static final int USUAL_ALIGNMENT = 32;
    private static final int BLOCK = 32;
    private static final int HALF_BLOCK = BLOCK / 2;
    private static final int NIBBLE = 0xF;
    private static final int NIBBLE_BITS = 4;
    private static final int F32 = 0;
    private static final int Q4_1 = 3;
    private static final int Q8_0 = 8;

    private final ByteBuffer in;
    private final Map<String, Object> metadata = new LinkedHashMap<>();
    private final Map<String, Place> places = new LinkedHashMap<>();
    private final int data;

    /** Where a weight's numbers lie, and how. */
    private record Place(long[] shape, int type, long offset) {}

    /** @throws IOException for what is no such file */
    GgufFile(byte[] bytes) throws IOException {
        in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        if (in.remaining() < Integer.BYTES || in.getInt() != MAGIC) {
            throw new IOException("the file is not GGUF");
        }
        int version = in.getInt();
        if (version != 3) {
            throw new IOException("the file is GGUF %d; 3 is read".formatted(version));
        }
        long weights = in.getLong();
        long facts = in.getLong();
        for (long i = 0; i < facts; i++) {
            metadata.put(text(), value(in.getInt()));
        }
        for (long i = 0; i < weights; i++) {
            String name = text();
            long[] shape = new long[in.getInt()];
            for (int axis = shape.length - 1; axis >= 0; axis--) {
                shape[axis] = in.getLong();
            }
            places.put(name, new Place(shape, in.getInt(), in.getLong()));
        }
        int alignment = metadata.get("general.alignment") instanceof Integer own ? own : USUAL_ALIGNMENT;
        data = Math.ceilDiv(in.position(), alignment) * alignment;
    }

    private String text() {
        byte[] bytes = new byte[Math.toIntExact(in.getLong())];
        in.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private Object value(int type) throws IOException {
        return switch (type) {
            case 0, 1, 7 -> (int) in.get();
            case 2, 3 -> (int) in.getShort();
            case 4, 5 -> in.getInt();
            case 6 -> in.getFloat();
            case 8 -> text();
            case 9 -> {
                int of = in.getInt();
                long count = in.getLong();
                List<Object> list = new ArrayList<>();
                for (long i = 0; i < count; i++) {
                    list.add(value(of));
                }
                yield list;
            }
            case 10, 11 -> in.getLong();
            case 12 -> in.getDouble();
            default -> throw new IOException("GGUF has no type %d of metadata".formatted(type));
        };
    }

    /** A whole number of the metadata. */
    int integer(String key) {
        return ((Number) fact(key)).intValue();
    }

    double number(String key) {
        return ((Number) fact(key)).doubleValue();
    }

    String text(String key) {
        return (String) fact(key);
    }

    List<?> list(String key) {
        return (List<?>) fact(key);
    }

    private Object fact(String key) {
        return Objects.requireNonNull(metadata.get(key), key);
    }

    /** The names of all weights. */
    Iterable<String> names() {
        return places.keySet();
    }

    /** A weight's numbers. */
    OnnxFile.Weight weight(String name) throws IOException {
        Place place = Objects.requireNonNull(places.get(name), name);
        int count = 1;
        for (long size : place.shape()) {
            count = Math.multiplyExact(count, Math.toIntExact(size));
        }
        float[] values = new float[count];
        ByteBuffer numbers =
                in.duplicate().order(ByteOrder.LITTLE_ENDIAN).position(Math.toIntExact(data + place.offset()));
        switch (place.type()) {
            case F32 -> numbers.asFloatBuffer().get(values);
            case Q8_0 -> {
                for (int block = 0; block < count; block += BLOCK) {
                    float scale = Float.float16ToFloat(numbers.getShort());
                    for (int i = 0; i < BLOCK; i++) {
                        values[block + i] = scale * numbers.get();
                    }
                }
            }
            case Q4_1 -> {
                for (int block = 0; block < count; block += BLOCK) {
                    float scale = Float.float16ToFloat(numbers.getShort());
                    float least = Float.float16ToFloat(numbers.getShort());
                    for (int i = 0; i < HALF_BLOCK; i++) {
                        int two = numbers.get();
                        values[block + i] = scale * (two & NIBBLE) + least;
                        values[block + HALF_BLOCK + i] = scale * ((two >> NIBBLE_BITS) & NIBBLE) + least;
                    }
                }
            }
            default -> throw new IOException("%s has GGUF type %d, which is not read".formatted(name, place.type()));
        }
        return new OnnxFile.Weight(place.shape(), values);
    }
}
