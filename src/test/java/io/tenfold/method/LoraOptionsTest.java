package io.tenfold.method;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobError;
import io.tenfold.job.JobException;
import java.util.List;
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
                "'alpha_pattern': {'query': 0} | alpha_pattern.query | above 0",
                "'quantize': 'fp4' | quantize | must be one of nf4",
                "'loraplus_lr_ratio': 0.5 | loraplus_lr_ratio | at least 1",
                "'extract': {'rank': 4} | extract.from | is missing",
                "'extract': {'from': 'file:a', 'energy': 0} | extract.energy | above 0 and at most 1",
                "'extract': {'from': 'file:a', 'energy': 1.1} | extract.energy | above 0 and at most 1",
                "'extract': {'from': 'file:a', 'energy': 0.9, 'rank': 4} | extract.energy | leave one of the two out",
                "'extract': {'from': 'file:a', 'ranks': 4} | extract.ranks | did you mean rank",
                "'extract': {'from': 'file:a'}, 'use_dora': true | use_dora | without training",
                "'extract': {'from': 'file:a'}, 'quantize': 'nf4' | quantize | without training",
                "'extract': {'from': 'file:a'}, 'lora_alpha': 4 | lora_alpha | without training",
                "'extract': {'from': 'file:a'}, 'lora_dropout': 0.1 | lora_dropout | without training",
                "'extract': {'from': 'file:a'}, 'use_rslora': true | use_rslora | without training",
                "'extract': {'from': 'file:a'}, 'init_lora_weights': 'gaussian' | init_lora_weights | without training",
                "'extract': {'from': 'file:a'}, 'alpha_pattern': {'query': 4} | alpha_pattern | without training",
                "'extract': {'from': 'file:a'}, 'loraplus_lr_ratio': 4 | loraplus_lr_ratio | without training",
                "'extract': {'from': 'file:a', 'rank': 4}, 'r': 4 | r | extract.rank decides",
                "'extract': {'from': 'file:a', 'energy': 0.9}, 'r': 4 | r | extract.energy decides",
                "'extract': {'from': 'file:a', 'energy': 0.9}, 'rank_pattern': {'query': 4} | rank_pattern | extract.energy decides",
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
                "'merge_adapters': {'adapters': ['file:a']}, 'lora_dropout': 0.1 | lora_dropout | trains nothing",
                "'merge_adapters': {'adapters': ['file:a']}, 'init_lora_weights': 'gaussian' | init_lora_weights | trains nothing",
                "'merge_adapters': {'adapters': ['file:a']}, 'loraplus_lr_ratio': 4 | loraplus_lr_ratio | trains nothing",
                "'loraplus_lr_embedding': 0.1 | loraplus_lr_embedding | is not a field",
            })
    void whatIsWrongIsNamed(String options, String param, String message) {
        JobError error = refused("lora", options.replace('\'', '"'));
        assertEquals(ErrorCode.BAD_REQUEST, error.code());
        assertEquals("method." + param, error.param());
        assertTrue(error.message().contains(message), error.message());
    }

    /** An option that decides nothing is not passed over because it says the usual. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "'extract': {'from': 'file:a'} | lora_alpha: 16, lora_dropout: 0, use_rslora: false, use_dora: false, init_lora_weights: true, alpha_pattern: {}, loraplus_lr_ratio: 1, quantize: 'nf4'",
                "'extract': {'from': 'file:a', 'rank': 4} | r: 8",
                "'extract': {'from': 'file:a', 'energy': 0.9} | r: 8, rank_pattern: {}",
                "'merge_adapters': {'adapters': ['file:a']} | r: 8, lora_alpha: 16, target_modules: ['query'], layers_to_transform: [0], bias: 'none', use_rslora: false, use_dora: false, modules_to_save: ['pooler'], rank_pattern: {}, alpha_pattern: {}, quantize: 'nf4', lora_dropout: 0, init_lora_weights: true, loraplus_lr_ratio: 1",
            })
    void whatHasNoEffectIsRefusedAtItsUsualValueToo(String source, String useless) {
        for (String option : useless.split(", ", -1)) {
            String name = option.substring(0, option.indexOf(':'));
            JobError error = refused("lora", (source + ", '" + option.replaceFirst(":", "':")).replace('\'', '"'));
            assertEquals("method." + name, error.param(), error.message());
            assertTrue(error.message().startsWith("method.%s is given, but ".formatted(name)), error.message());
            assertTrue(error.message().endsWith("; leave it out"), error.message());
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "'layers_to_transform': [1, 2] | layers_to_transform | has 2, but the model's layers are numbered from 0 to 1; leave it out",
                "'rank_pattern': {'valu': 3} | rank_pattern | has valu, which matches no layer with an update; these would: query, value; did you mean value?",
                "'alpha_pattern': {'key': 3} | alpha_pattern | has key, which matches no layer with an update",
                "'r': 33 | r | is 32 by 32; give at most 32",
                "'rank_pattern': {'value': 64} | rank_pattern | method.rank_pattern gives rank 64 to bert.encoder.layer.0.attention.self.value",
                "'target_modules': ['key', 'keys'] | target_modules | did you mean key?",
                "'modules_to_save': ['poolers'] | modules_to_save | no module of the model",
            })
    void whatOnlyTheModelShowsIsNamedBeforeTheFirstStep(String options, String param, String message) throws Exception {
        try (GoldenJob job = new GoldenJob(
                "bert", "{\"name\": \"lora\", %s}".formatted(options.replace('\'', '"')), "{\"epochs\": 1}")) {
            var stage = job.stage();
            JobError error = assertThrows(JobException.class, () -> stage.prepare(job.inputs(), List.of()))
                    .error();
            assertEquals(ErrorCode.BAD_REQUEST, error.code());
            assertEquals("method." + param, error.param());
            assertTrue(error.message().contains(message), error.message());
        }
    }

    @ParameterizedTest
    @CsvSource({"quantize", "merge_adapters", "extract", "use_dora"})
    void anotherMethodSaysWhoseTheOptionIs(String option) {
        JobError error = refused("full", "\"%s\": \"nf4\"".formatted(option));
        assertEquals("method." + option, error.param());
        assertTrue(
                error.message().endsWith("it is an option of lora: leave it out, or take that method"),
                error.message());
    }

    private static JobError refused(String method, String options) {
        return assertThrows(JobException.class, () -> new GoldenJob(
                                "bert", "{\"name\": \"%s\", %s}".formatted(method, options), "{\"epochs\": 1}")
                        .close())
                .error();
    }
}
