package io.tenfold.method;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobError;
import io.tenfold.job.JobException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the request alone shows to be wrong with LoRA's options is refused at the door, by name. */
class LoraOptionsTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "'init_lora_weights': 'pissa_niter_16' | init_lora_weights | use pissa",
                "'init_lora_weights': 'loftq' | init_lora_weights | must be true",
                "'init_lora_weights': 'pissa', 'use_dora': true | use_dora | leave one of the two out",
                "'init_lora_weights': 'olora', 'use_dora': true | use_dora | leave one of the two out",
                "'init_lora_weights': 'olora', 'quantize': 'nf4' | quantize | leave one of the two out",
                "'init_lora_weights': 'pissa', 'use_rslora': true, 'alpha_pattern': {'query': 4} | alpha_pattern | whole numbers",
                "'quantize': 'fp4' | quantize | must be one of nf4",
                "'loraplus_lr_ratio': 0.5 | loraplus_lr_ratio | at least 1",
                "'extract': {'rank': 4} | extract.from | is missing",
                "'extract': {'from': 'file:a', 'energy': 0} | extract.energy | above 0 and at most 1",
                "'extract': {'from': 'file:a', 'energy': 1.1} | extract.energy | above 0 and at most 1",
                "'extract': {'from': 'file:a', 'energy': 0.9, 'rank': 4} | extract.energy | leave one of the two out",
                "'extract': {'from': 'file:a', 'ranks': 4} | extract.ranks | did you mean rank",
                "'extract': {'from': 'file:a'}, 'use_dora': true | use_dora | without training",
                "'extract': {'from': 'file:a'}, 'quantize': 'nf4' | quantize | without training",
                "'extract': {'from': 'file:a'}, 'merge_adapters': {'adapters': ['file:b']} | merge_adapters | leave the other out",
                "'merge_adapters': {} | merge_adapters.adapters | names no adapter",
                "'merge_adapters': {'adapters': []} | merge_adapters.adapters | names no adapter",
                "'merge_adapters': {'adapters': ['file:a', 'file:b'], 'weights': [1]} | merge_adapters.weights | 1 numbers for 2 adapters",
                "'merge_adapters': {'adapters': ['file:a'], 'weights': [-1]} | merge_adapters.weights | above 0",
                "'merge_adapters': {'adapters': ['file:a'], 'weights': ['x']} | merge_adapters.weights | a list of numbers",
                "'merge_adapters': {'adapters': ['file:a'], 'combination_type': 'tie'} | merge_adapters.combination_type | did you mean ties",
                "'merge_adapters': {'adapters': ['file:a'], 'combination_type': 'ties', 'density': 0} | merge_adapters.density | above 0",
                "'merge_adapters': {'adapters': ['file:a'], 'combination_type': 'linear', 'density': 0.5} | merge_adapters.density | no use for it",
                "'merge_adapters': {'adapters': ['file:a'], 'combination_type': 'cat', 'svd_rank': 4} | merge_adapters.svd_rank | no use for it",
                "'merge_adapters': {'adapters': ['file:a']}, 'r': 4 | r | takes it from the adapters",
                "'loraplus_lr_embedding': 0.1 | loraplus_lr_embedding | is not a field",
            })
    void whatIsWrongIsNamed(String options, String param, String message) {
        JobError error = refused("lora", options.replace('\'', '"'));
        assertEquals(ErrorCode.BAD_REQUEST, error.code());
        assertEquals("method." + param, error.param());
        assertTrue(error.message().contains(message), error.message());
    }

    @ParameterizedTest
    @CsvSource({"quantize", "merge_adapters", "extract", "use_dora"})
    void anotherMethodSaysWhoseTheOptionIs(String option) {
        JobError error = refused("full", "\"%s\": \"nf4\"".formatted(option));
        assertEquals("method." + option, error.param());
        assertTrue(error.message().endsWith("it is an option of lora"), error.message());
    }

    private static JobError refused(String method, String options) {
        return assertThrows(JobException.class, () -> new GoldenJob(
                                "bert", "{\"name\": \"%s\", %s}".formatted(method, options), "{\"epochs\": 1}")
                        .close())
                .error();
    }
}
