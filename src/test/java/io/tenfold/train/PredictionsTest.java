package io.tenfold.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import io.tenfold.method.GoldenJob;
import io.tenfold.tensor.Ops;
import org.junit.jupiter.api.Test;

class PredictionsTest {

    @Test
    void anEvaluationThatDoesNotFitIsToldWithASmallerBatch() throws Exception {
        try (GoldenJob job = new GoldenJob("bert", "{\"name\": \"full\"}", "{}")) {
            Forward large = (batch, _) -> {
                NDArray x = batch.scope().ones(new Shape(1L << 22, 1));
                return Ops.linear(x, x, null);
            };
            JobException refused = assertThrows(
                    JobException.class,
                    () -> Predictions.of(large, job.inputs().training(), 8, job.backend(), _ -> {}));
            assertEquals(ErrorCode.OUT_OF_RESOURCES, refused.code());
            assertEquals("training.eval_batch_size", refused.error().param());
            assertTrue(
                    refused.error().message().endsWith("eval_batch_size 4 gives the same numbers in less memory"),
                    refused.error().message());
        }
    }
}
