package io.tenfold.model.encoder;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import io.tenfold.model.HeadSpec;
import io.tenfold.model.LoadOptions;
import io.tenfold.model.ModelHooks;
import io.tenfold.model.Network;
import io.tenfold.model.family.Models;
import io.tenfold.tensor.Backend;
import io.tenfold.tensor.Gradients;
import io.tenfold.tensor.Ops;
import io.tenfold.tensor.Parameter;
import io.tenfold.tensor.Recording;
import io.tenfold.tensor.TokenRows;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Our encoders give what Transformers gives: logits, hidden states, gradients. */
class EncoderParityTest {

    private static final int ALL = Integer.MAX_VALUE;
    private static final float TOLERANCE = 1e-4f;

    @ParameterizedTest
    @CsvSource({
        "bert, bert, bert",
        "roberta, roberta, roberta",
        "distilbert, distilbert, distilbert",
        "bert-gamma, bert, bert",
        "bert-sharded, bert, bert",
        "bert-bf16, bert, bert-bf16"
    })
    void logitsAreTheReferences(String model, String texts, String expected) throws IOException {
        try (Backend backend = Backend.open("cpu", 1);
                Network network = load(backend, model, HeadSpec.classification(3));
                NDManager scope = backend.scope()) {
            assertEquals(List.of(), network.report().drawn());
            float[] logits =
                    network.logits(Golden.rows(scope, texts, ALL), false).toFloatArray();
            assertArrayEquals(Golden.expected(scope, expected, "logits"), logits, TOLERANCE);
        }
    }

    @ParameterizedTest
    @CsvSource({"bert, bert", "roberta, roberta", "distilbert, distilbert", "bert-bare, bert"})
    void firstTokensHiddenStateIsTheReferences(String model, String expected) throws IOException {
        try (Backend backend = Backend.open("cpu", 1);
                Network network = load(backend, model, HeadSpec.classification(3));
                NDManager scope = backend.scope()) {
            TokenRows rows = Golden.rows(scope, expected, ALL);
            NDArray first = Ops.rows(network.hidden(rows, false), rows.first());
            assertArrayEquals(Golden.expected(scope, expected, "first_token"), first.toFloatArray(), TOLERANCE);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"bert", "roberta", "distilbert", "bert-regression"})
    void lossAndGradientsAreTheReferences(String model) throws IOException {
        JsonNode golden = Golden.json(model + "/gradient.json");
        boolean regression = model.endsWith("regression");
        HeadSpec head = regression ? HeadSpec.number() : HeadSpec.classification(3);
        try (Backend backend = Backend.open("cpu", 1);
                Network network = load(backend, model, head);
                NDManager scope = backend.scope();
                Recording recording = Recording.on()) {
            network.parameters().trainable(true);
            TokenRows rows = Golden.rows(scope, regression ? "bert" : model, 8);
            NDArray logits = network.logits(rows, true);
            NDArray loss =
                    loss(scope, logits, golden.path("labels"), regression).div(rows.rows());
            recording.backward(loss);
            close(golden.path("loss").doubleValue(), loss.getFloat(), "loss");
            close(golden.path("grad_norm").doubleValue(), Gradients.norm(network.parameters()), "norm");
            for (Parameter parameter : network.parameters()) {
                double norm = Gradients.norm(List.of(parameter));
                JsonNode expected = golden.path("grad_norms").path(parameter.name());
                // A key's bias has a gradient of zero but for rounding.
                if (expected.doubleValue() > 1e-5) {
                    close(expected.doubleValue(), norm, parameter.name());
                }
            }
        }
    }

    @Test
    void aRegressionModelGivesOneNumberARow() throws IOException {
        try (Backend backend = Backend.open("cpu", 1);
                Network network = load(backend, "bert-regression", HeadSpec.number());
                NDManager scope = backend.scope()) {
            float[] logits =
                    network.logits(Golden.rows(scope, "bert", ALL), false).toFloatArray();
            assertArrayEquals(Golden.expected(scope, "bert-regression", "logits"), logits, TOLERANCE);
        }
    }

    private static NDArray loss(NDManager scope, NDArray logits, JsonNode labels, boolean regression) {
        if (regression) {
            float[] targets = new float[labels.size()];
            for (int i = 0; i < targets.length; i++) {
                targets[i] = labels.get(i).floatValue();
            }
            return Ops.squaredErrorSum(logits.reshape(-1), scope.create(targets));
        }
        long[] classes = new long[labels.size()];
        for (int i = 0; i < classes.length; i++) {
            classes[i] = labels.get(i).longValue();
        }
        return Ops.crossEntropySum(logits, scope.create(classes));
    }

    private static void close(double expected, double actual, String what) {
        assertEquals(expected, actual, 1e-4 * Math.abs(expected) + 1e-7, what);
    }

    private static Network load(Backend backend, String model, HeadSpec head) {
        return Models.load(Golden.model(model), head, ModelHooks.NONE, backend, new LoadOptions(42, 0.0));
    }
}
