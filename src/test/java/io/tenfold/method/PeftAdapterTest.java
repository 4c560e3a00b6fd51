package io.tenfold.method;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tenfold.checkpoint.PeftFiles;
import io.tenfold.checkpoint.SafetensorsReader;
import io.tenfold.job.JobException;
import io.tenfold.method.adapter.Ia3Opener;
import io.tenfold.method.lora.LoraMethod;
import io.tenfold.method.prefix.PrefixMethod;
import io.tenfold.method.prompt.PromptMethod;
import io.tenfold.model.BaseModel;
import io.tenfold.model.Network;
import io.tenfold.tensor.Backend;
import io.tenfold.tensor.Recording;
import io.tenfold.tensor.TokenRows;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Adapters that PEFT wrote give PEFT's logits here. */
class PeftAdapterTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path folder;

    private final ArtifactModels models =
            new ArtifactModels(List.of(new Ia3Opener(), new LoraMethod(), new PrefixMethod(), new PromptMethod()));

    @ParameterizedTest
    @ValueSource(
            strings = {
                "bert-lora",
                "bert-lora-rslora",
                "bert-lora-all-linear",
                "bert-lora-bias",
                "bert-lora-bias-all",
                "bert-lora-patterns",
                "bert-lora-regex",
                "bert-lora-layers",
                "bert-lora-pooler",
                "bert-lora-dora",
                "bert-lora-dora-rslora",
                "bert-lora-pissa",
                "bert-lora-pissa-rslora",
                "bert-lora-olora",
                "bert-lora-nf4",
                "distilbert-lora-dora",
                "distilbert-lora-pissa",
                "distilbert-lora-olora",
                "roberta-lora",
                "distilbert-lora",
                "bert-soft",
                "bert-p-tuning",
                "bert-p-tuning-lstm",
                "bert-prefix",
                "bert-prefix-projection",
                "roberta-soft",
                "roberta-p-tuning-lstm",
                "roberta-prefix",
                "distilbert-soft",
                "distilbert-p-tuning",
                "distilbert-prefix"
            })
    void peftsAdapterGivesPeftsLogits(String adapter) throws Exception {
        Path folder = GoldenJob.GOLDEN.resolve(adapter);
        String base =
                PeftFiles.readConfig(folder).path("base_model_name_or_path").asText();
        try (Backend backend = Backend.open("cpu", 1);
                BaseModel model = ArtifactModels.base(GoldenJob.GOLDEN.resolve(base), backend);
                Network network = models.open(folder, model, adapter, backend)) {
            logitsAreExpected(folder, base, network, backend);
        }
    }

    @Test
    void adaptersThatChangeWeightsOfTheBaseShareItAllTheSame() throws Exception {
        List<String> adapters = List.of(
                "bert-lora",
                "bert-lora-bias-all",
                "bert-soft",
                "bert-lora-pooler",
                "bert-prefix",
                "bert-lora-rslora",
                "bert-lora-pissa",
                "bert-lora-nf4");
        try (Backend backend = Backend.open("cpu", 1);
                BaseModel model = ArtifactModels.base(GoldenJob.GOLDEN.resolve("bert"), backend)) {
            List<Network> networks = new ArrayList<>();
            for (String adapter : adapters) {
                networks.add(models.open(GoldenJob.GOLDEN.resolve(adapter), model, adapter, backend));
            }
            for (int i = 0; i < adapters.size(); i++) {
                logitsAreExpected(GoldenJob.GOLDEN.resolve(adapters.get(i)), "bert", networks.get(i), backend);
            }
            networks.forEach(Network::close);
        }
    }

    private static void logitsAreExpected(Path folder, String base, Network network, Backend backend) throws Exception {
        try (NDManager scope = backend.scope();
                Recording _ = Recording.off();
                SafetensorsReader expected = SafetensorsReader.open(folder.resolve("expected.safetensors"))) {
            float[] logits = expected.read(scope, "logits").toFloatArray();
            float[] ours = network.logits(
                            rows(scope, base, logits.length / network.head().outputs()), false)
                    .toFloatArray();
            for (int i = 0; i < logits.length; i++) {
                assertEquals(logits[i], ours[i], 1e-4f, folder + ": logit " + i);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "init_lora_weights,pissa_niter_4",
        "init_lora_weights,loftq",
        "init_lora_weights,CorDA",
        "lora_bias,true",
        "exclude_modules,x",
        "target_parameters,x",
        "trainable_token_indices,x",
        "alora_invocation_tokens,x",
        "layer_replication,x",
        "task_type,SEQ_2_SEQ_LM",
        "arrow_config,x"
    })
    void aVariantThatIsNotComputedIsRefusedByName(String option, String value) throws Exception {
        refused("bert-lora", option, value);
    }

    @ParameterizedTest
    @CsvSource({"exclude_modules,x", "task_type,SEQ_2_SEQ_LM"})
    void soIsOneOfIa3s(String option, String value) throws Exception {
        refused("bert-ia3", option, value);
    }

    @Test
    void aLanguageModelsAdapterNeedsADecoder() throws Exception {
        refused("bert-lora", "task_type", "CAUSAL_LM");
    }

    private void refused(String adapter, String option, String value) throws Exception {
        Path golden = GoldenJob.GOLDEN.resolve(adapter);
        Files.copy(golden.resolve(PeftFiles.WEIGHTS), folder.resolve(PeftFiles.WEIGHTS));
        ObjectNode config = PeftFiles.readConfig(golden).put(option, value);
        JSON.writeValue(folder.resolve(PeftFiles.CONFIG).toFile(), config);
        try (Backend backend = Backend.open("cpu", 1);
                BaseModel model = ArtifactModels.base(GoldenJob.GOLDEN.resolve("bert"), backend)) {
            JobException refused = assertThrows(JobException.class, () -> models.open(folder, model, "variant", backend)
                    .close());
            assertTrue(
                    refused.error().message().contains(option), refused.error().message());
        }
    }

    private static TokenRows rows(NDManager scope, String model, int count) throws Exception {
        JsonNode rows = JSON.readTree(
                        GoldenJob.GOLDEN.resolve(model + "/texts.json").toFile())
                .path("rows");
        int[][] ids = new int[count][];
        int[][] types = new int[count][];
        for (int i = 0; i < count; i++) {
            ids[i] = numbers(rows.get(i).path("input_ids"));
            JsonNode own = rows.get(i).path("token_type_ids");
            types[i] = own.isMissingNode() ? new int[ids[i].length] : numbers(own);
        }
        return TokenRows.of(scope, ids, types);
    }

    private static int[] numbers(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false)
                .mapToInt(JsonNode::intValue)
                .toArray();
    }
}
