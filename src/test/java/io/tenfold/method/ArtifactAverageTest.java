package io.tenfold.method;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tenfold.checkpoint.SafetensorsReader;
import io.tenfold.checkpoint.SafetensorsWriter;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import io.tenfold.method.ArtifactAverage.Part;
import io.tenfold.method.adapter.AdapterHubOpener;
import io.tenfold.method.adapter.Ia3Opener;
import io.tenfold.method.lora.LoraMethod;
import io.tenfold.model.BaseModel;
import io.tenfold.model.Network;
import io.tenfold.tensor.Backend;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ArtifactAverageTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final List<String> WEIGHTS =
            List.of("adapter_model.safetensors", "adapter.safetensors", "model_head.safetensors");

    @TempDir
    Path folder;

    private final Backend backend = Backend.open("cpu", 1);
    private final ArtifactModels models =
            new ArtifactModels(List.of(new AdapterHubOpener(), new Ia3Opener(), new LoraMethod()));

    @AfterEach
    void close() {
        backend.close();
    }

    @Test
    void theAverageIsTheLibrarys() throws Exception {
        Path average = Files.createDirectory(folder.resolve("average"));
        Path second = golden("bert-adapter-second");
        ArtifactAverage.write(
                List.of(new Part("a", golden("bert-adapter-pfeiffer"), 3), new Part("b", second, 1)), average, backend);
        try (BaseModel base = ArtifactModels.base(golden("bert"), backend);
                Network network = models.open(average, base, "average", backend)) {
            GoldenTexts.logitsAreThose(second.resolve("expected_average.safetensors"), "bert", network, backend);
            assertEquals(List.of("food", "travel", "weather"), network.head().labels());
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "bert-lora",
                "bert-lora-bias-all",
                "bert-ia3",
                "roberta-ia3",
                "distilbert-adapter-houlsby",
                "bert-adapter-parallel",
                "bert-adapter-static"
            })
    void everyTensorOfEveryKindIsAveragedAndTheAverageOpens(String artifact) throws Exception {
        // The second artifact is three times the first, under another name: 1 and 3 times 1/4 and 3/4 are 2.5.
        Path other = copy(artifact, "other");
        multiply(other, 3);
        rename(other);
        Path average = Files.createDirectory(folder.resolve("average"));
        ArtifactAverage.write(
                List.of(new Part("one", golden(artifact), 0.5), new Part("other", other, 1.5)), average, backend);
        for (String file : WEIGHTS) {
            if (Files.exists(other.resolve(file))) {
                Map<String, float[]> before = tensors(golden(artifact).resolve(file));
                Map<String, float[]> after = tensors(average.resolve(file));
                assertEquals(before.keySet(), after.keySet());
                before.forEach((name, values) -> {
                    for (int i = 0; i < values.length; i++) {
                        values[i] *= 2.5f;
                    }
                    assertArrayEquals(values, after.get(name), 1e-5f, name);
                });
            }
        }
        String model = artifact.substring(0, artifact.indexOf('-'));
        try (BaseModel base = ArtifactModels.base(golden(model), backend);
                Network network = models.open(average, base, "average", backend)) {
            assertEquals(3, GoldenTexts.logits(model, network, backend)[0].length);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "bert-lora|bert-lora-rslora|b can't be averaged with a: use_rslora is true in b and left out in a",
                "bert-lora|bert-lora-layers|b can't be averaged with a: base_model.model.bert.encoder.layer.0.attention.self.query.lora_A.weight is missing in b and (4, 32) in a",
                "bert-lora|bert-lora-patterns|b can't be averaged with a: alpha_pattern is",
                "bert-lora|bert-ia3|b can't be averaged with a: the format is PEFT's IA3 in b and PEFT's LORA in a",
                "bert-ia3|bert-adapter-pfeiffer|b can't be averaged with a: the format is adapter-hub's bottlenecks in b",
                "bert-adapter-pfeiffer|bert-adapter-houlsby|b can't be averaged with a: non_linearity is \"swish\" in b and \"relu\" in a",
                "bert-adapter-pfeiffer|bert-adapter-static|b can't be averaged with a: the head's activation_function is left out in b and \"tanh\" in a",
                "bert-adapter-pfeiffer|bert|b can't be averaged: it is a whole model; give adapters on one base",
                "bert-lora|bert-lora-pissa|b can't be averaged with a: init_lora_weights is \"pissa\" in b and left out in a",
                "bert-lora-pissa|bert-lora-olora|b can't be averaged with a: init_lora_weights is \"olora\" in b and \"pissa\" in a"
            })
    void whatDoesNotFitIsRefusedByNameWithTheReason(String first, String second, String message) {
        refused(golden(first), golden(second), message);
    }

    @Test
    void theBaseInFourBitsStaysSoAndIsNotMixedWithAWholeOne() throws IOException {
        Path first = copy("bert-lora", "first");
        refused(
                quantized("second"),
                first,
                "b can't be averaged with a: quantization.json is left out in b and there in a");
        Path average = Files.createDirectory(folder.resolve("average"));
        ArtifactAverage.write(
                List.of(new Part("a", quantized("third"), 1), new Part("b", quantized("fourth"), 1)), average, backend);
        assertEquals("{}", Files.readString(average.resolve("quantization.json")));
    }

    private Path quantized(String name) throws IOException {
        Path artifact = copy("bert-lora", name);
        Files.writeString(artifact.resolve("quantization.json"), "{}");
        return artifact;
    }

    @Test
    void promptsMayHaveBegunInDifferentWays() throws IOException {
        Path second = copy("bert-soft", "second");
        ObjectNode config =
                (ObjectNode) JSON.readTree(second.resolve("adapter_config.json").toFile());
        config.put("prompt_tuning_init", "TEXT")
                .put("prompt_tuning_init_text", "is it good?")
                .put("tokenizer_name_or_path", "elsewhere")
                .put("encoder_hidden_size", 7);
        JSON.writeValue(second.resolve("adapter_config.json").toFile(), config);
        Path average = Files.createDirectory(folder.resolve("average"));
        ArtifactAverage.write(
                List.of(new Part("a", golden("bert-soft"), 1), new Part("b", second, 1)), average, backend);
        assertEquals(
                tensors(golden("bert-soft").resolve("adapter_model.safetensors"))
                        .keySet(),
                tensors(average.resolve("adapter_model.safetensors")).keySet());
    }

    @Test
    void aPromptWithoutTrainingHasNothingToAverage() throws IOException {
        Path prompt = Files.createDirectory(folder.resolve("prompt"));
        Files.writeString(prompt.resolve("prompt.json"), "{}");
        refused(
                golden("bert-lora"),
                prompt,
                "b can't be averaged: it is a hard prompt without training, which has no weights");
    }

    @Test
    void otherLabelsAreRefused() throws IOException {
        Path first = copy("bert-lora", "first");
        Path second = copy("bert-lora", "second");
        Files.writeString(first.resolve("metrics.json"), "{\"labels\": [\"x\", \"y\", \"z\"]}");
        Files.writeString(second.resolve("metrics.json"), "{\"labels\": [\"z\", \"y\", \"x\"]}");
        refused(
                first,
                second,
                "b can't be averaged with a: labels is [\"z\",\"y\",\"x\"] in b and [\"x\",\"y\",\"z\"] in a");
    }

    private void refused(Path first, Path second, String message) {
        JobException refused = assertThrows(
                JobException.class,
                () -> ArtifactAverage.write(
                        List.of(new Part("a", first, 1), new Part("b", second, 1)), folder, backend));
        assertEquals(ErrorCode.BAD_REQUEST, refused.error().code());
        assertTrue(
                refused.error().message().startsWith(message), refused.error().message());
    }

    private static Path golden(String name) {
        return GoldenJob.GOLDEN.resolve(name);
    }

    private Path copy(String golden, String name) throws IOException {
        Path copy = Files.createDirectory(folder.resolve(name));
        try (var files = Files.list(golden(golden))) {
            for (Path file : files.toList()) {
                Files.copy(file, copy.resolve(file.getFileName()));
            }
        }
        return copy;
    }

    private void multiply(Path artifact, float by) {
        for (String file : WEIGHTS) {
            if (Files.exists(artifact.resolve(file))) {
                try (NDManager scope = backend.scope()) {
                    Map<String, NDArray> tensors = new LinkedHashMap<>();
                    try (SafetensorsReader reader = SafetensorsReader.open(artifact.resolve(file))) {
                        reader.names()
                                .forEach(name -> tensors.put(
                                        name, reader.read(scope, name).mul(by)));
                    }
                    SafetensorsWriter.write(artifact.resolve(file), tensors);
                }
            }
        }
    }

    /** Another adapter name, as another job's artifact has it. */
    private void rename(Path artifact) throws IOException {
        for (String file : List.of("adapter_config.json", "head_config.json")) {
            Path json = artifact.resolve(file);
            if (Files.exists(json)) {
                ObjectNode config = (ObjectNode) JSON.readTree(json.toFile());
                if (config.path("name").isTextual()) {
                    config.put("name", "golden-2");
                    JSON.writeValue(json.toFile(), config);
                }
            }
        }
        for (String file : List.of("adapter.safetensors", "model_head.safetensors")) {
            if (Files.exists(artifact.resolve(file))) {
                try (NDManager scope = backend.scope()) {
                    Map<String, NDArray> renamed = new LinkedHashMap<>();
                    try (SafetensorsReader reader = SafetensorsReader.open(artifact.resolve(file))) {
                        reader.names()
                                .forEach(name ->
                                        renamed.put(name.replace("golden-1", "golden-2"), reader.read(scope, name)));
                    }
                    SafetensorsWriter.write(artifact.resolve(file), renamed);
                }
            }
        }
    }

    private Map<String, float[]> tensors(Path file) {
        Map<String, float[]> tensors = new LinkedHashMap<>();
        try (NDManager scope = backend.scope();
                SafetensorsReader reader = SafetensorsReader.open(file)) {
            reader.names()
                    .forEach(name -> tensors.put(name, reader.read(scope, name).toFloatArray()));
        }
        return new java.util.TreeMap<>(tensors);
    }
}
