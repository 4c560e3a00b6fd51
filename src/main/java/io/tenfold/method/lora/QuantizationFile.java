package io.tenfold.method.lora;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tenfold.tensor.Nf4;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A file beside an adapter that was trained on 4-bit weights: whoever opens it here gets the same base again, and with it
 * the logits that were reported. PEFT knows nothing of it and opens the adapter on whatever base it is given.
 */
final class QuantizationFile {

    static final String NAME = "quantization.json";

    private static final ObjectMapper JSON = new ObjectMapper();

    private QuantizationFile() {}

    static void write(Path folder) {
        ObjectNode json = JSON.createObjectNode();
        json.put("quantize", "nf4").put("block_size", Nf4.BLOCK).put("double_quant_block_size", Nf4.SCALES_BLOCK);
        try {
            JSON.writerWithDefaultPrettyPrinter()
                    .writeValue(folder.resolve(NAME).toFile(), json);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Whether the adapter's base is to be in 4 bits. */
    static boolean isIn(Path folder) {
        return Files.exists(folder.resolve(NAME));
    }
}
