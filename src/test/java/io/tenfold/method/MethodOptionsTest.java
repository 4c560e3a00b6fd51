package io.tenfold.method;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tenfold.job.JobException;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a request's method may not say, whatever the method. */
class MethodOptionsTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'name': 'full', 'r': 8} | method.r is not a field (its value is 8); it is an option of lora",
                "{'name': 'lora', 'lora_alfa': 8} | method.lora_alfa is not a field (its value is 8); did you mean lora_alpha?",
                "{'name': 'lora', 'layerwise_lr_decay': 0.9} | method.layerwise_lr_decay is not a field (its value is 0.9); it is an option of full",
            })
    void anOptionOfAnotherMethodIsRefusedWithItsOwner(String method, String message) {
        Exception refused =
                assertThrows(JobException.class, () -> new GoldenJob("bert", method.replace('\'', '"'), "{}"));
        assertTrue(String.valueOf(refused.getMessage()).contains(message), refused.getMessage());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            nullValues = "-",
            value = {
                "'shots': 4 | {} | 250 | 50",
                "'shots': 4 | {'eval_steps': 10} | 250 | 10",
                "'shots': 4 | {'epochs': 2} | - | -",
                "'shots': 4 | {'max_steps': 9} | 9 | -",
                "'shots': 0 | {} | - | -",
            })
    void aFewRowsAreTrainedOnForManyEpochsUnlessTheRequestSaysHowMany(
            String shots, String training, @Nullable Integer steps, @Nullable Integer scored) throws IOException {
        String method = """
                {'name': 'prompt', 'kind': 'hard', 'templates': ['{text} [MASK]'],
                 'verbalizer': {'food': 'soup', 'travel': 'train', 'weather': 'rain'}, %s}""".formatted(shots);
        try (GoldenJob job = new GoldenJob("bert-mlm", method.replace('\'', '"'), training.replace('\'', '"'))) {
            assertEquals(steps, job.request().training().maxSteps());
            assertEquals(scored, job.request().training().evalSteps());
        }
    }
}
