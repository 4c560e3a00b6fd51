package io.tenfold.method.multitask;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tenfold.tensor.Backend;
import io.tenfold.tensor.HeldGradients;
import io.tenfold.tensor.Parameter;
import io.tenfold.tensor.Recording;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;

/** The papers' formulas on worked examples of {@code make_multitask.py}. */
class MultitaskFormulasTest {

    private final JsonNode golden;

    MultitaskFormulasTest() throws Exception {
        golden = new ObjectMapper()
                .readTree(Path.of("src/test/resources/golden/bert-multitask/formulas.json")
                        .toFile());
    }

    private static double[] numbers(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false)
                .mapToDouble(JsonNode::asDouble)
                .toArray();
    }

    private static <T> List<T> each(JsonNode array, java.util.function.Function<JsonNode, T> as) {
        return StreamSupport.stream(array.spliterator(), false).map(as).toList();
    }

    @Test
    void conflictingGradientsAreProjectedInTheirOrder() {
        JsonNode example = golden.path("pcgrad");
        List<double[]> gradients = each(example.path("gradients"), MultitaskFormulasTest::numbers);
        Set<List<Double>> sums = new HashSet<>();
        for (JsonNode given : example.path("cases")) {
            int[][] orders = each(given.path("orders"), order -> Arrays.stream(numbers(order))
                            .mapToInt(x -> (int) x)
                            .toArray())
                    .toArray(int[][]::new);
            double[] factors = ConflictProjection.factors(products(gradients), orders);
            double[] expected = numbers(given.path("sum"));
            double[] sum = new double[expected.length];
            for (int task = 0; task < factors.length; task++) {
                for (int i = 0; i < sum.length; i++) {
                    sum[i] += factors[task] * gradients.get(task)[i];
                }
            }
            assertArrayEquals(expected, sum, 1e-9);
            sums.add(Arrays.stream(expected).boxed().toList());
        }
        assertEquals(2, sums.size(), "the order matters in this example");
    }

    private static double[][] products(List<double[]> gradients) {
        double[][] products = new double[gradients.size()][gradients.size()];
        for (int i = 0; i < products.length; i++) {
            for (int j = 0; j < products.length; j++) {
                for (int k = 0; k < gradients.get(i).length; k++) {
                    products[i][j] += gradients.get(i)[k] * gradients.get(j)[k];
                }
            }
        }
        return products;
    }

    @Test
    void theOrderOfProjectionsFollowsFromSeedAndStep() {
        Set<String> drawn = new HashSet<>();
        for (long step = 1; step <= 60; step++) {
            int[][] orders = ConflictProjection.orders(3, 7, step);
            assertTrue(Arrays.deepEquals(orders, ConflictProjection.orders(3, 7, step)));
            for (int task = 0; task < 3; task++) {
                int own = task;
                assertEquals(2, Arrays.stream(orders[task]).distinct().count());
                assertFalse(Arrays.stream(orders[task]).anyMatch(other -> other == own));
            }
            drawn.add(Arrays.deepToString(orders));
        }
        assertEquals(8, drawn.size(), "two orders for each of three tasks");
    }

    @Test
    void aTaskWhoseLossFallsMoreSlowlyWeighsMore() {
        JsonNode example = golden.path("dwa");
        for (JsonNode given : example.path("cases")) {
            double[] weights = AveragedWeights.weights(
                    numbers(example.path("last")),
                    numbers(example.path("before")),
                    given.path("temperature").asDouble());
            assertArrayEquals(numbers(given.path("weights")), weights, 1e-9);
        }
    }

    @Test
    void theFirstTwoEpochsWeighAllAlike() {
        AveragedWeights weights = new AveragedWeights(2, 1, 3);
        double[][] losses = {{4, 4}, {2, 3}, {9, 9}};
        for (long step = 1; step <= 7; step++) {
            weights.beforeStep(step);
            if (step <= 6) {
                assertArrayEquals(new double[] {1, 1}, weights.now());
            }
            int epoch = (int) (step - 1) / 3;
            weights.note(0, 2 * losses[epoch][0], 2);
            weights.note(1, losses[epoch][1], 1);
        }
        assertArrayEquals(AveragedWeights.weights(new double[] {2, 3}, new double[] {4, 4}, 1), weights.now(), 1e-12);
        assertTrue(weights.now()[1] > weights.now()[0]);
    }

    @Test
    void gradientNormsAreBalancedAsThePaperSays() {
        JsonNode example = golden.path("gradnorm");
        GradNormWeights weights = new GradNormWeights(3, example.path("alpha").asDouble(), 0.025);
        for (JsonNode step : example.path("steps")) {
            weights.update(numbers(step.path("losses")), numbers(step.path("norms")));
            assertArrayEquals(numbers(step.path("weights")), weights.now(), 1e-6);
            assertEquals(3, Arrays.stream(weights.now()).sum(), 1e-9);
        }
    }

    @Test
    void aWeightNeverFallsToNothing() {
        GradNormWeights weights = new GradNormWeights(2, 1.5, 1);
        for (int step = 0; step < 5; step++) {
            weights.update(new double[] {1, 1}, new double[] {100 * weights.now()[0], weights.now()[1]});
        }
        assertTrue(weights.now()[0] > 0 && weights.now()[0] < 0.01, Arrays.toString(weights.now()));
    }

    @Test
    void uncertainLossesHaveTheGradientsOfTheFormula() {
        JsonNode example = golden.path("uncertainty");
        try (Backend backend = Backend.open("cpu", 1);
                NDManager scope = backend.scope()) {
            List<Parameter> logVariances = parameters(scope, "s", numbers(example.path("log_variances")));
            List<Parameter> losses = parameters(scope, "loss", numbers(example.path("losses")));
            UncertaintyWeights weights = new UncertaintyWeights(logVariances, List.of(false, true));
            double total = 0;
            for (int task = 0; task < 2; task++) {
                try (NDManager step = backend.scope();
                        Recording recording = Recording.on()) {
                    // Four units in a step's part of them.
                    NDArray sum = step.create(4f).mul(losses.get(task).value());
                    NDArray loss = weights.weighted(task, sum, 4).div(4);
                    recording.backward(loss);
                    total += loss.getFloat();
                    assertEquals(step, loss.getManager());
                }
            }
            assertEquals(example.path("total").asDouble(), total, 1e-6);
            for (int task = 0; task < 2; task++) {
                assertEquals(
                        example.path("by_log_variance").get(task).asDouble(), gradient(logVariances.get(task)), 1e-6);
                assertEquals(example.path("by_loss").get(task).asDouble(), gradient(losses.get(task)), 1e-6);
                assertEquals(example.path("by_loss").get(task).asDouble(), weights.now()[task], 1e-6);
            }
        }
    }

    private static List<Parameter> parameters(NDManager manager, String name, double... values) {
        List<Parameter> parameters = new ArrayList<>();
        for (int i = 0; i < values.length; i++) {
            Parameter parameter = new Parameter(name + i, manager.create((float) values[i]));
            parameter.trainable(true);
            parameters.add(parameter);
        }
        return parameters;
    }

    private static float gradient(Parameter parameter) {
        NDArray gradient = parameter.gradient();
        return gradient == null ? Float.NaN : gradient.getFloat();
    }

    @Test
    void heldGradientsAreAwayUntilTheyArePutBack() {
        try (Backend backend = Backend.open("cpu", 1);
                NDManager scope = backend.scope()) {
            List<Parameter> all = parameters(scope, "p", 1, 2, 3);
            backward(scope, all.get(0), 3);
            backward(scope, all.get(1), -2);
            HeldGradients first = HeldGradients.take(scope, all);
            assertEquals(0, gradient(all.get(0)));
            backward(scope, all.get(1), 5);
            backward(scope, all.get(2), 7);
            HeldGradients second = HeldGradients.take(scope, all);
            assertEquals(9 + 4, first.squaredNorm(), 1e-5);
            assertEquals(25 + 49, second.squaredNorm(), 1e-4);
            assertEquals(-10, first.dot(second), 1e-6);
            first.putBack(2);
            second.putBack(1);
            assertEquals(6, gradient(all.get(0)));
            assertEquals(1, gradient(all.get(1)));
            assertEquals(7, gradient(all.get(2)));
            first.close();
            second.close();
        }
    }

    private static void backward(NDManager scope, Parameter parameter, float factor) {
        try (Recording recording = Recording.on()) {
            recording.backward(scope.create(factor).mul(parameter.value()));
        }
    }
}
