package io.tenfold.method.continual;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tenfold.job.FineTuneRequest.TaskType;
import io.tenfold.method.GoldenJob;
import io.tenfold.train.Inputs;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What EWC holds weights by is plain PyTorch's, where rows are answers of a language. */
class FisherOfWordsTest {

    @ParameterizedTest
    @ValueSource(strings = {"llama", "gpt2"})
    void theInformationIsTheReferences(String family) throws Exception {
        JsonNode golden = new ObjectMapper()
                .readTree(
                        GoldenJob.GOLDEN.resolve("continual-words/fisher.json").toFile())
                .path(family);
        try (GoldenJob job = new GoldenJob(
                        "language/" + family,
                        TaskType.CAUSAL_LM,
                        "{\"name\": \"continual\", \"strategy\": \"ewc\"}",
                        "{\"max_length\": 64}");
                NDManager scope = job.backend().scope()) {
            Inputs own = job.inputs();
            Map<String, NDArray> fisher =
                    Fisher.of(own.modelFolder(), own, own.training().size(), scope);
            assertEquals(golden.size(), fisher.size());
            for (Map.Entry<String, JsonNode> parameter : golden.properties()) {
                NDArray found = fisher.get(parameter.getKey());
                double sum = found == null ? Double.NaN : found.sum().getFloat();
                double expected = parameter.getValue().asDouble();
                assertEquals(expected, sum, 1e-3 * expected, parameter.getKey());
            }
        }
    }
}
