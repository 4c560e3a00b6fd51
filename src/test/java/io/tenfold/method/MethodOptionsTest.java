package io.tenfold.method;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tenfold.job.JobException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a request's method may not say, whatever the method. */
class MethodOptionsTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'name': 'full', 'r': 8} | method.r is not a field; it is an option of lora",
                "{'name': 'lora', 'lora_alfa': 8} | method.lora_alfa is not a field; did you mean lora_alpha?",
                "{'name': 'lora', 'layerwise_lr_decay': 0.9} | method.layerwise_lr_decay is not a field; it is an option of full",
            })
    void anOptionOfAnotherMethodIsRefusedWithItsOwner(String method, String message) {
        Exception refused =
                assertThrows(JobException.class, () -> new GoldenJob("bert", method.replace('\'', '"'), "{}"));
        assertTrue(String.valueOf(refused.getMessage()).contains(message), refused.getMessage());
    }
}
