package io.tenfold.method;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tenfold.checkpoint.SafetensorsReader;
import io.tenfold.checkpoint.SafetensorsWriter;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import io.tenfold.method.adapter.AdapterHubOpener;
import io.tenfold.method.adapter.Ia3Opener;
import io.tenfold.method.lora.LoraMethod;
import io.tenfold.model.BaseModel;
import io.tenfold.model.Network;
import io.tenfold.tensor.Backend;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Adapters that {@code adapters} and PEFT wrote give their logits here, and what does not fit is refused by name. */
class AdapterParityTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path folder;

    private final Backend backend = Backend.open("cpu", 1);
    private final ArtifactModels models =
            new ArtifactModels(List.of(new AdapterHubOpener(), new Ia3Opener(), new LoraMethod()));

    @AfterEach
    void close() {
        backend.close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "bert-adapter-houlsby",
                "bert-adapter-pfeiffer",
                "bert-adapter-parallel",
                "bert-adapter-static",
                "bert-adapter-places",
                "bert-adapter-post-add",
                "roberta-adapter-houlsby",
                "roberta-adapter-pfeiffer",
                "roberta-adapter-parallel",
                "roberta-adapter-static",
                "distilbert-adapter-houlsby",
                "distilbert-adapter-pfeiffer",
                "distilbert-adapter-parallel",
                "distilbert-adapter-static",
                "bert-ia3",
                "bert-ia3-regex",
                "roberta-ia3",
                "distilbert-ia3"
            })
    void theirAdapterGivesTheirLogits(String adapter) throws Exception {
        Path artifact = GoldenJob.GOLDEN.resolve(adapter);
        String base = models.baseLocation(artifact).orElseThrow();
        try (BaseModel model = ArtifactModels.base(GoldenJob.GOLDEN.resolve(base), backend);
                Network network = models.open(artifact, model, adapter, backend)) {
            GoldenTexts.logitsAreExpected(artifact, base, network, backend);
        }
    }

    @Test
    void theLabelsAreTheHeads() {
        try (BaseModel model = ArtifactModels.base(GoldenJob.GOLDEN.resolve("bert-bare"), backend);
                Network network =
                        models.open(GoldenJob.GOLDEN.resolve("bert-adapter-pfeiffer"), model, "pfeiffer", backend)) {
            assertEquals(List.of("food", "travel", "weather"), network.head().labels());
        }
    }

    @Test
    void adaptersOfEveryKindShareOneBaseAndDoNotDisturbEachOther() throws Exception {
        List<String> adapters = List.of(
                "bert-adapter-static",
                "bert-adapter-pfeiffer",
                "bert-ia3",
                "bert-lora",
                "bert-adapter-parallel",
                "bert-lora-bias-all",
                "bert-adapter-houlsby");
        try (BaseModel model = ArtifactModels.base(GoldenJob.GOLDEN.resolve("bert"), backend)) {
            List<Network> networks = new ArrayList<>();
            for (String adapter : adapters) {
                networks.add(models.open(GoldenJob.GOLDEN.resolve(adapter), model, adapter, backend));
            }
            for (int i = 0; i < adapters.size(); i++) {
                GoldenTexts.logitsAreExpected(
                        GoldenJob.GOLDEN.resolve(adapters.get(i)), "bert", networks.get(i), backend);
            }
            String words = "bert.embeddings.word_embeddings.weight";
            networks.forEach(network -> assertSame(
                    networks.getFirst().parameters().get(words).value(),
                    network.parameters().get(words).value(),
                    "the base's weights are there once"));
            networks.forEach(Network::close);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "bert-adapter-phm|bert|phm_layer is true",
                "roberta-adapter-pfeiffer|bert|its model_type is roberta, the base's bert: the artifact was made for another base; give its own with --model",
                "roberta-ia3|bert|made for another base; give its own with --model",
                "distilbert-ia3|bert|made for another base"
            })
    void whatDoesNotFitIsRefusedByName(String adapter, String base, String message) {
        refused(GoldenJob.GOLDEN.resolve(adapter), base, message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "adapter_config.json|/config/ln_after|true|ln_after is true, which this version can't compute",
                "adapter_config.json|/config/use_gating|true|use_gating is true",
                "adapter_config.json|/config/inv_adapter|\"nice\"|inv_adapter is \"nice\"",
                "adapter_config.json|/config/scaling|\"learned\"|scaling is learned",
                "adapter_config.json|/config/architecture|\"prefix_tuning\"|architecture is prefix_tuning",
                "adapter_config.json|/config/non_linearity|\"mish\"|non_linearity is mish; known are gelu",
                "adapter_config.json|/config/reduction_factor|0|reduction_factor is 0; it must be at least 0.125",
                "adapter_config.json|/config/reduction_factor|4|adapter_down.0.weight is (2, 32); the base model needs (8, 32)",
                "adapter_config.json|/config/leave_out|[1]|bert.encoder.layer.1.output.adapters.adapter_down.0",
                "adapter_config.json|/config/mh_adapter|true|attention.output.adapters.adapter_down.0.weight is missing",
                "adapter_config.json|/config/residual_before_ln|\"post_add\"|OPENS",
                "head_config.json|/config/head_type|\"multiple_choice\"|head_type is multiple_choice; only classification can be opened",
                "head_config.json|/config/layers|1|layers is 1 and use_pooler false",
                "head_config.json|/config/bias|false|bias is false",
                "head_config.json|/config/activation_function|null|activation_function is null",
                "head_config.json|/config/num_labels|4|the base model needs (4, 32)"
            })
    void aVariantIsOpenedOrRefusedByName(String file, String field, String value, String message) throws IOException {
        Path artifact = copy("bert-adapter-pfeiffer");
        ObjectNode json = (ObjectNode) JSON.readTree(artifact.resolve(file).toFile());
        String name = field.substring(field.lastIndexOf('/') + 1);
        ((ObjectNode) json.at(field.substring(0, field.lastIndexOf('/')))).set(name, JSON.readTree(value));
        JSON.writeValue(artifact.resolve(file).toFile(), json);
        if (message.equals("OPENS")) {
            try (BaseModel model = ArtifactModels.base(GoldenJob.GOLDEN.resolve("bert"), backend);
                    Network network = models.open(artifact, model, "a", backend)) {
                assertEquals(3, network.head().outputs());
            }
            return;
        }
        refused(artifact, "bert", message);
    }

    @Test
    void aPickledAdapterAndOneWithoutAHeadAreRefusedWithTheWayOut() throws IOException {
        Path pickled = copy("bert-adapter-pfeiffer");
        Files.delete(pickled.resolve("adapter.safetensors"));
        refused(pickled, "bert", "use_safetensors=True");
        Path headless = copy("bert-adapter-houlsby");
        Files.delete(headless.resolve("model_head.safetensors"));
        refused(headless, "bert", "has no head");
    }

    @Test
    void aHeadThatReadsTheBasesPoolerNeedsOneThere() throws IOException {
        Path base = copy("bert");
        Map<String, NDArray> tensors = new LinkedHashMap<>();
        try (NDManager scope = backend.scope();
                SafetensorsReader reader = SafetensorsReader.openModel(base)) {
            reader.names().stream()
                    .filter(name -> !name.contains("pooler"))
                    .forEach(name -> tensors.put(name, reader.read(scope, name)));
            Files.delete(base.resolve("model.safetensors"));
            SafetensorsWriter.write(base.resolve("model.safetensors"), tensors);
        }
        refused(
                GoldenJob.GOLDEN.resolve("bert-adapter-static"),
                base.toAbsolutePath().toString(),
                "neither it nor the base model has bert.pooler.dense");
    }

    @Test
    void anIa3AdapterThatExcludesModulesIsRefused() throws IOException {
        Path artifact = copy("bert-ia3");
        Path file = artifact.resolve("adapter_config.json");
        JsonNode config = JSON.readTree(file.toFile());
        ((ObjectNode) config).putArray("exclude_modules").add("key");
        JSON.writeValue(file.toFile(), config);
        refused(artifact, "bert", "exclude_modules is [\"key\"]");
    }

    private Path copy(String golden) throws IOException {
        Path copy = Files.createDirectory(folder.resolve(golden));
        try (var files = Files.list(GoldenJob.GOLDEN.resolve(golden))) {
            for (Path file : files.toList()) {
                Files.copy(file, copy.resolve(file.getFileName()));
            }
        }
        return copy;
    }

    private void refused(Path artifact, String base, String message) {
        try (BaseModel model = ArtifactModels.base(GoldenJob.GOLDEN.resolve(base), backend)) {
            JobException refused =
                    assertThrows(JobException.class, () -> models.open(artifact, model, "the adapter", backend)
                            .close());
            assertEquals(ErrorCode.BAD_MODEL, refused.error().code());
            assertTrue(
                    refused.error().message().contains(message), refused.error().message());
        }
    }
}
