package io.tenfold.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.Fields;
import io.tenfold.job.JobException;
import io.tenfold.job.TrainingOptions;
import io.tenfold.method.FineTuneMethod;
import io.tenfold.method.GoldenJob;
import io.tenfold.method.domain.DomainMethod;
import io.tenfold.method.full.FullMethod;
import io.tenfold.method.multitask.MultitaskMethod;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The advice can be taken, and gives what it promises. */
class OutOfMemoryTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    private static RuntimeException noneLeft() {
        return new RuntimeException("no memory");
    }

    private static TrainingOptions options(int batch, int accumulation) throws IOException {
        try (GoldenJob job = new GoldenJob(
                "bert",
                "{\"name\": \"full\"}",
                "{\"batch_size\": %d, \"gradient_accumulation_steps\": %d, \"max_length\": 64}"
                        .formatted(batch, accumulation))) {
            return job.inputs().options();
        }
    }

    @ParameterizedTest
    @CsvSource({"32, 1, 16, 2", "6, 4, 3, 8", "9, 2, 3, 6", "7, 1, 1, 7"})
    void theStepHasAsManyRowsAsBefore(int batch, int accumulation, int smaller, int more) throws IOException {
        JobException failure = OutOfMemory.inTraining(noneLeft(), options(batch, accumulation), Integer.MAX_VALUE);
        assertEquals(ErrorCode.OUT_OF_RESOURCES, failure.code());
        assertEquals("training.batch_size", failure.param());
        assertEquals(
                "no memory; batch_size %d with gradient_accumulation_steps %d takes less memory and makes steps of as many rows; so does activation_checkpointing true, for more time"
                        .formatted(smaller, more),
                failure.getMessage());
        assertEquals(batch * accumulation, smaller * more);
    }

    @Test
    void oneRowAtOnceCanOnlyBeShorter() throws IOException {
        JobException training = OutOfMemory.inTraining(noneLeft(), options(1, 4), 1024);
        assertEquals("training.max_length", training.param());
        assertEquals(
                "no memory; batch_size is 1: rows cut shorter than training.max_length 64 take less; so does activation_checkpointing true, for more time",
                training.getMessage());
        JobException scoring = OutOfMemory.inEvaluation(noneLeft(), 1, 1);
        assertEquals("training.max_length", scoring.param());
        assertEquals(
                "no memory; 3 rows at once do not fit in an evaluation; eval_batch_size 4 gives the same numbers in less memory",
                OutOfMemory.inEvaluation(noneLeft(), 3, 8).getMessage());
    }

    @ParameterizedTest
    @CsvSource({"32, 1025, 16", "32, 1024, 8", "6, 100, 1", "2, 64, 0"})
    void aSmallerBatchIsNamedOnlyWhereItsPassesAreSmaller(int batch, int tokensAtOnce, int smaller) throws IOException {
        JobException failure = OutOfMemory.inTraining(noneLeft(), options(batch, 1), tokensAtOnce);
        assertEquals(smaller == 0 ? "training.max_length" : "training.batch_size", failure.param());
        String advice = smaller == 0
                ? "a pass takes %d tokens at most, or one row: rows cut shorter than training.max_length 64 take less"
                        .formatted(tokensAtOnce)
                : "batch_size %d with gradient_accumulation_steps %d takes less memory and makes steps of as many rows"
                        .formatted(smaller, batch / smaller);
        assertEquals(
                "no memory; " + advice + "; so does activation_checkpointing true, for more time",
                failure.getMessage());
    }

    @Test
    void aMethodIsNamedOnlyWhereTheRequestCouldTakeIt() throws IOException {
        assertEquals(
                "no memory; take a smaller model, or method lora, which trains less",
                OutOfMemory.ofWeights(noneLeft(), lighter(new FullMethod(), "{}"))
                        .getMessage());
        assertNull(lighter(new MultitaskMethod(), "{}"));
        assertEquals(
                "no memory; take a smaller model",
                OutOfMemory.ofWeights(noneLeft(), null).getMessage());
        assertNull(lighter(domain(), "{\"kind\": \"dann\"}"));
        assertEquals("kind domain_adapters, which trains less", lighter(domain(), "{\"kind\": \"supervised\"}"));
    }

    private static DomainMethod domain() {
        return new DomainMethod(() -> {
            throw new AssertionError("no other method is asked");
        });
    }

    private static @Nullable String lighter(FineTuneMethod<?> method, String options) throws IOException {
        return captured(method, new Fields(JSON.readTree(options)));
    }

    private static <C> @Nullable String captured(FineTuneMethod<C> method, Fields options) {
        return method.lighter(method.read(options));
    }
}
