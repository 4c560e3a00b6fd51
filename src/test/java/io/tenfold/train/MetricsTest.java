package io.tenfold.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;

/** Our metrics are scikit-learn's and SciPy's. */
class MetricsTest {

    private static final Map<String, String> SKLEARN = Map.of(
            "accuracy", "accuracy",
            "matthews", "matthews_correlation",
            "f1_macro", "f1_macro",
            "f1_micro", "f1_micro");

    private static JsonNode golden() throws Exception {
        return new ObjectMapper()
                .readTree(Path.of("src/test/resources/golden/metrics/metrics.json")
                        .toFile());
    }

    @Test
    void classificationIsScikitLearns() throws Exception {
        for (Map.Entry<String, JsonNode> one : golden().path("classification").properties()) {
            JsonNode set = one.getValue();
            boolean binary = set.path("classes").asInt() == 2;
            ClassificationMetrics counted =
                    new ClassificationMetrics(set.path("classes").asInt());
            for (int row = 0; row < set.path("labels").size(); row++) {
                counted.add(
                        set.path("labels").get(row).asInt(),
                        set.path("predictions").get(row).asInt());
            }
            Map<String, Object> values = counted.values();
            JsonNode expected = set.path("expected");
            SKLEARN.forEach((ours, theirs) -> same(expected.path(theirs), values.get(ours), one.getKey() + " " + ours));
            same(expected.path(binary ? "f1" : "f1_macro"), values.get("f1"), one.getKey() + " f1");
            same(
                    expected.path(binary ? "precision" : "precision_macro"),
                    values.get("precision"),
                    one.getKey() + " precision");
            same(expected.path(binary ? "recall" : "recall_macro"), values.get("recall"), one.getKey() + " recall");
            assertEquals(
                    expected.path("confusion_matrix").toString(),
                    new ObjectMapper()
                            .valueToTree(values.get("confusion_matrix"))
                            .toString());
        }
    }

    @Test
    void regressionIsSciPys() throws Exception {
        for (Map.Entry<String, JsonNode> one : golden().path("regression").properties()) {
            JsonNode set = one.getValue();
            Map<String, ?> values =
                    RegressionMetrics.values(numbers(set.path("labels")), numbers(set.path("predictions")));
            for (String name : new String[] {"pearson", "spearman", "mse"}) {
                same(set.path("expected").path(name), values.get(name), one.getKey() + " " + name);
            }
        }
    }

    private static double[] numbers(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false)
                .mapToDouble(JsonNode::asDouble)
                .toArray();
    }

    private static void same(JsonNode expected, @org.jspecify.annotations.Nullable Object actual, String what) {
        if (expected.isNull()) {
            assertNull(actual, what);
        } else {
            assertEquals(
                    expected.asDouble(),
                    ((Number) java.util.Objects.requireNonNull(actual, what)).doubleValue(),
                    1e-9,
                    what);
        }
    }

    @Test
    void theMatrixIsLeftOutWhereItWouldNotFitIntoAnEvent() {
        ClassificationMetrics few = new ClassificationMetrics(100);
        ClassificationMetrics many = new ClassificationMetrics(101);
        for (int row = 0; row < 100; row++) {
            few.add(row, row / 2 * 2);
            many.add(row, row / 2 * 2);
        }
        Map<String, Object> without = new LinkedHashMap<>(few.values());
        assertNotNull(without.remove("confusion_matrix"));
        assertEquals(without, many.values());
    }
}
