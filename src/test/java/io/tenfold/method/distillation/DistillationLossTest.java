package io.tenfold.method.distillation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tenfold.checkpoint.SafetensorsReader;
import io.tenfold.data.Batch;
import io.tenfold.method.GoldenJob;
import io.tenfold.tensor.Parameter;
import io.tenfold.tensor.Recording;
import io.tenfold.train.Tuning;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each loss and its gradient to the student are what the papers' formulas give in plain PyTorch, whatever the batches. */
class DistillationLossTest {

    private static final Path GOLDEN = GoldenJob.GOLDEN.resolve("bert-distillation");

    /** Some epochs, where what the teacher says is kept; and one step, where it is not. */
    private static final List<String> LENGTHS = List.of("\"epochs\": 3", "\"max_steps\": 1");

    static Stream<Named<JsonNode>> cases() throws IOException {
        JsonNode cases = new ObjectMapper()
                .readTree(GOLDEN.resolve("losses.json").toFile())
                .path("cases");
        return StreamSupport.stream(cases.spliterator(), false)
                .map(golden -> Named.of(golden.path("name").asText(), golden));
    }

    static String method(JsonNode golden) {
        ObjectNode method = golden.path("method").deepCopy();
        method.put("name", "distillation")
                .putObject("teacher")
                .put(
                        "model",
                        "file:"
                                + GoldenJob.GOLDEN.resolve(
                                        golden.path("teacher").asText()));
        return method.toString();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void lossAndGradientAreThoseOfTheFormula(JsonNode golden) throws IOException {
        for (int run = 0; run < 4; run++) {
            int batch = run < 2 ? 8 : 3;
            String training = "{\"dropout\": 0, \"batch_size\": 5, %s}".formatted(LENGTHS.get(run % 2));
            try (GoldenJob job = new GoldenJob(golden.path("student").asText(), method(golden), training)) {
                Tuning tuning = job.stage().prepare(job.stage().inputs(job.inputs(), List.of()), List.of());
                startFromGoldenProjections(job, tuning);
                double loss = 0;
                for (int from = 0; from < 8; from += batch) {
                    loss += backward(
                            job,
                            tuning,
                            IntStream.range(from, Math.min(8, from + batch)).toArray());
                }
                double expected = golden.path("loss").asDouble();
                assertEquals(expected, loss, 1e-5 * expected);
                int checked = 0;
                for (Parameter parameter : tuning.trained()) {
                    checked += check(golden, parameter) ? 1 : 0;
                }
                assertEquals(golden.path("norms").size(), checked, "weights with a gradient");
                tuning.network().close();
            }
        }
    }

    private static void startFromGoldenProjections(GoldenJob job, Tuning tuning) {
        try (NDManager scope = job.backend().scope();
                SafetensorsReader reader = SafetensorsReader.open(GOLDEN.resolve("projection.safetensors"))) {
            for (Parameter parameter : tuning.trained()) {
                if (reader.contains(parameter.name())) {
                    parameter.set(reader.read(scope, parameter.name()));
                }
            }
        }
    }

    private static double backward(GoldenJob job, Tuning tuning, int[] rows) {
        try (NDManager scope = job.backend().scope();
                Recording recording = Recording.on()) {
            Batch batch = Batch.of(scope, job.inputs().training(), rows);
            NDArray loss = tuning.objective().lossSum(batch, true).div(8);
            recording.backward(loss);
            return loss.getFloat();
        }
    }

    /** The length of the gradient, and what it is along a fixed direction. */
    private static boolean check(JsonNode golden, Parameter parameter) {
        NDArray gradient = parameter.gradient();
        JsonNode norm = golden.path("norms").path(parameter.name());
        if (norm.isMissingNode()) {
            assertTrue(gradient == null || gradient.norm().getFloat() == 0, parameter.name() + " has no part in it");
            return false;
        }
        assertTrue(gradient != null, parameter.name());
        float[] values = gradient.toFloatArray();
        double squares = 0;
        double along = 0;
        for (int i = 0; i < values.length; i++) {
            squares += (double) values[i] * values[i];
            along += values[i] * Math.cos(i);
        }
        double expected = norm.asDouble();
        double near = 1e-4 * expected + 2e-6;
        assertEquals(expected, Math.sqrt(squares), near, parameter.name());
        assertEquals(golden.path("dots").path(parameter.name()).asDouble(), along, near * 10, parameter.name());
        return true;
    }
}
