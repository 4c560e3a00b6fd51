package io.tenfold.localstack;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A file written here by the format's own words: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md. */
class GgufFileTest {

    private final ByteBuffer out = ByteBuffer.allocate(4096).order(ByteOrder.LITTLE_ENDIAN);

    private void text(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        out.putLong(bytes.length).put(bytes);
    }

    private void weight(String name, int type, long offset, long... columnsFirst) {
        text(name);
        out.putInt(columnsFirst.length);
        for (long size : columnsFirst) {
            out.putLong(size);
        }
        out.putInt(type).putLong(offset);
    }

    @Test
    void metadataAndWeightsAreRead() throws IOException {
        out.putInt(0x46554747).putInt(3).putLong(3).putLong(3);
        text("a.number");
        out.putInt(4).putInt(77);
        text("a.list");
        out.putInt(9).putInt(8).putLong(2);
        text("é");
        text("b");
        text("a.rate");
        out.putInt(6).putFloat(1.5f);
        weight("plain", 0, 0, 2, 3);
        weight("bytes", 8, 32, 32);
        weight("nibbles", 3, 96, 32);
        out.position(Math.ceilDiv(out.position(), 32) * 32);
        int data = out.position();
        for (int i = 0; i < 6; i++) {
            out.putFloat(i);
        }
        out.position(data + 32).putShort(Float.floatToFloat16(0.5f));
        for (int i = 0; i < 32; i++) {
            out.put((byte) (i - 16));
        }
        out.position(data + 96).putShort(Float.floatToFloat16(2)).putShort(Float.floatToFloat16(-1));
        for (int i = 0; i < 16; i++) {
            out.put((byte) (i | (15 - i) << 4));
        }
        GgufFile file = new GgufFile(out.array());
        assertEquals(77, file.integer("a.number"));
        assertEquals(1.5, file.number("a.rate"));
        assertEquals(List.of("é", "b"), file.list("a.list"));
        assertArrayEquals(new long[] {3, 2}, file.weight("plain").shape());
        assertArrayEquals(new float[] {0, 1, 2, 3, 4, 5}, file.weight("plain").values());
        float[] bytes = file.weight("bytes").values();
        float[] nibbles = file.weight("nibbles").values();
        for (int i = 0; i < 32; i++) {
            assertEquals((i - 16) / 2f, bytes[i]);
            assertEquals(2 * (i < 16 ? i : 31 - i) - 1, nibbles[i]);
        }
    }

    @Test
    void whatIsNoSuchFileIsRefused() {
        IOException refused = assertThrows(IOException.class, () -> new GgufFile(new byte[64]));
        assertTrue(String.valueOf(refused.getMessage()).contains("not GGUF"));
        ByteBuffer old = ByteBuffer.allocate(64)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(0x46554747)
                .putInt(2);
        assertTrue(String.valueOf(assertThrows(IOException.class, () -> new GgufFile(old.array()))
                        .getMessage())
                .contains("GGUF 2; 3 is read"));
    }
}
