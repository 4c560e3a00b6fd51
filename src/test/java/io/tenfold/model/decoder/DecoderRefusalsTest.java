package io.tenfold.model.decoder;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import io.tenfold.model.ModelHooks;
import io.tenfold.tensor.Backend;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A decoder that can't be served is refused with the field, the value and what would do. */
class DecoderRefusalsTest {

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "llama|model_type|\"mamba\"|model type mamba is not known; known are bert, roberta, distilbert, gpt2, llama, mistral, qwen2, qwen3",
                "llama|model_type|\"t5\"|model type t5 is an encoder-decoder",
                "llama|model_type|\"marian\"|model type marian is an encoder-decoder",
                "llama|model_type|\"bart\"|model type bart is an encoder-decoder",
                "llama|rope_scaling|{\"rope_type\": \"longrope\"}|rope_scaling.rope_type longrope; known are default, linear, dynamic, llama3, yarn",
                "llama|rope_parameters|{\"rope_type\": \"su\"}|rope_parameters.rope_type su; known are",
                "llama|rope_scaling|{\"type\": \"linear\"}|rope_scaling.factor left out; linear needs a number above 0",
                "llama|rope_scaling|{\"type\": \"yarn\", \"factor\": \"four\"}|rope_scaling.factor \"four\"; yarn needs",
                "llama|partial_rotary_factor|0.5|partial_rotary_factor 0.5; only 1 is known",
                "llama|num_key_value_heads|3|the 4 attention heads are not a multiple of the 3 key-value heads",
                "llama|head_dim|7|heads have the size 7, which must be even",
                "llama|vocab_size|65|tensor model.embed_tokens.weight has shape (64, 32)",
                "llama|hidden_act|\"mish\"|hidden_act is mish; known are",
                "qwen2|layer_types|[\"full_attention\"]|layer_types names 1 layers, but there are 2",
                "qwen2|layer_types|[\"full_attention\", \"chunked_attention\"]|layer_types has chunked_attention; known are",
                "gpt2|n_head|5|hidden size 32 is not a multiple of the 5 attention heads",
                "gpt2|n_inner|64|tensor transformer.h.0.mlp.c_fc.weight has shape (32, 128)",
                "gpt2|vocab_size|50257|tensor transformer.wte.weight has shape (64, 32)"
            })
    void aConfigThatDoesNotFitIsABadModel(String model, String key, String value, String message) throws IOException {
        Path files =
                GoldenDecoders.changed(model, folder, config -> config.set(key, new ObjectMapper().readTree(value)));
        refused(files, message);
    }

    @Test
    void aModelThatLacksAShardIsRefusedByItsName() throws IOException {
        GoldenDecoders.changed("qwen3", folder, config -> {});
        Files.delete(folder.resolve("model.safetensors"));
        Files.writeString(
                folder.resolve("model.safetensors.index.json"),
                "{\"weight_map\": {\"model.norm.weight\": \"model-00001-of-00002.safetensors\"}}");
        refused(folder, "it names the shard model-00001-of-00002.safetensors, which is not there");
    }

    private static void refused(Path files, String message) {
        try (Backend backend = Backend.open("cpu", 1)) {
            JobException refused =
                    assertThrows(JobException.class, () -> GoldenDecoders.language(backend, files, ModelHooks.NONE));
            assertEquals(ErrorCode.BAD_MODEL, refused.code());
            assertTrue(String.valueOf(refused.getMessage()).contains(message), refused.getMessage());
        }
    }
}
