package io.tenfold.method.domain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tenfold.method.GoldenJob;
import io.tenfold.model.HeadSpec;
import io.tenfold.model.LoadOptions;
import io.tenfold.model.ModelHooks;
import io.tenfold.model.Network;
import io.tenfold.model.family.Models;
import io.tenfold.tensor.Backend;
import io.tenfold.tensor.Parameter;
import io.tenfold.tensor.Recording;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The loss at masked places, beside Transformers' and where the checkpoint has no head for it. */
class MaskedLmLossTest {

    private static final Map<String, HeadSpec> HEADS = new LinkedHashMap<>();

    static {
        HEADS.put("masked_lm", HeadSpec.maskedLmOrNew());
        HEADS.put("", HeadSpec.classification(3));
    }

    private static Network load(String model, Backend backend) {
        return Models.load(GoldenJob.GOLDEN.resolve(model), HEADS, ModelHooks.NONE, backend, new LoadOptions(42, 0.0));
    }

    @ParameterizedTest
    @ValueSource(strings = {"bert-mlm", "roberta-mlm", "distilbert-mlm"})
    void itIsTransformersAlsoBesideTheTasksHead(String model) throws IOException {
        JsonNode golden = new ObjectMapper()
                .readTree(GoldenJob.GOLDEN.resolve(model).resolve("masked.json").toFile());
        List<Masking.Row> rows = new ArrayList<>();
        List<int[]> types = new ArrayList<>();
        int places = 0;
        for (int row = 0; row < golden.path("rows").size(); row++) {
            JsonNode own = golden.path("rows").path(row);
            int[] ids = ints(own.path("input_ids"));
            rows.add(new Masking.Row(
                    ids,
                    ints(golden.path("places").path(row)),
                    ints(golden.path("labels").path(row))));
            types.add(own.has("token_type_ids") ? ints(own.path("token_type_ids")) : new int[ids.length]);
            places += golden.path("places").path(row).size();
        }
        try (Backend backend = Backend.open("cpu", 1);
                Network network = load(model, backend);
                NDManager scope = backend.scope();
                Recording _ = Recording.off()) {
            float sum = MaskedLm.lossSum(network, scope, rows, types.toArray(int[][]::new), false)
                    .getFloat();
            assertEquals(
                    golden.path("loss").asDouble(),
                    sum / places,
                    1e-4 * golden.path("loss").asDouble());
        }
    }

    private static int[] ints(JsonNode list) {
        return StreamSupport.stream(list.spliterator(), false)
                .mapToInt(JsonNode::asInt)
                .toArray();
    }

    /** Drawn as Transformers draws it: norms of ones, biases of zeros, the word embeddings as output layer. */
    @ParameterizedTest
    @ValueSource(strings = {"bert", "bert-bare", "roberta", "distilbert"})
    void aHeadThatTheCheckpointLacksIsDrawn(String model) {
        try (Backend backend = Backend.open("cpu", 1);
                Network network = load(model, backend)) {
            List<Parameter> head = network.headParameters("masked_lm").list();
            assertEquals(5, head.size(), head.toString());
            long vocabulary = network.parameters().stream()
                    .filter(parameter -> parameter.name().endsWith("word_embeddings.weight"))
                    .findFirst()
                    .orElseThrow()
                    .shape()
                    .get(0);
            for (Parameter parameter : head) {
                float[] values = parameter.value().toFloatArray();
                assertTrue(network.report().drawn().contains(parameter.name()), parameter.name());
                if (parameter.shape().dimension() == 1) {
                    float expected = parameter.name().endsWith("norm.weight")
                                    || parameter.name().endsWith("LayerNorm.weight")
                            ? 1
                            : 0;
                    for (float value : values) {
                        assertEquals(expected, value, parameter.name());
                    }
                }
            }
            assertTrue(head.stream().anyMatch(parameter -> parameter.size() == vocabulary), "a bias over the words");
        }
    }
}
