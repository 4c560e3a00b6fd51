package io.tenfold.method.distillation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tenfold.method.GoldenJob;
import io.tenfold.method.distillation.DistillationConfig.TeacherOptions;
import io.tenfold.model.HeadSpec;
import io.tenfold.model.LoadOptions;
import io.tenfold.model.ModelHooks;
import io.tenfold.model.Network;
import io.tenfold.model.family.Models;
import io.tenfold.tensor.Backend;
import io.tenfold.tensor.Parameter;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A student that is cut from a decoder has the layers that were chosen, under the names of its own. */
class StudentCutTest {

    @TempDir
    Path folder;

    private static Network opened(Path model, Backend backend) {
        return Models.load(model, HeadSpec.causalLm(), ModelHooks.NONE, backend, new LoadOptions(0, 0.0));
    }

    private Path cut(String family, List<Integer> layers, Backend backend) {
        Path teacher = GoldenJob.GOLDEN.resolve("decoders/" + family);
        return StudentCut.write(
                new TeacherFiles(teacher, null, new TeacherOptions("file:" + teacher, null, null)),
                layers,
                null,
                folder.resolve("student"),
                backend);
    }

    @ParameterizedTest
    @ValueSource(strings = {"gpt2", "llama", "mistral", "qwen2", "qwen3"})
    void theSecondLayerIsTheOnlyOne(String family) {
        try (Backend backend = Backend.open("cpu", 1);
                Network teacher = opened(GoldenJob.GOLDEN.resolve("decoders/" + family), backend);
                Network student = opened(cut(family, List.of(1), backend), backend)) {
            assertEquals(1, student.layers());
            assertTrue(student.report().drawn().isEmpty());
            int ofLayer = 0;
            for (Parameter own : student.parameters()) {
                String name = own.name().replaceFirst("(layers|h)\\.0\\.", "$1.1.");
                ofLayer += name.equals(own.name()) ? 0 : 1;
                Parameter theirs = teacher.parameters().get(name);
                assertArrayEquals(theirs.value().toFloatArray(), own.value().toFloatArray(), name);
            }
            assertTrue(ofLayer >= 9, "parameters of the layer: " + ofLayer);
        }
    }

    /** Its first layer sees all tokens, its second some. */
    @Test
    void aLayerKeepsItsWindow() throws Exception {
        try (Backend backend = Backend.open("cpu", 1)) {
            JsonNode config = new ObjectMapper()
                    .readTree(cut("qwen2", List.of(1), backend)
                            .resolve("config.json")
                            .toFile());
            assertEquals(1, config.path("num_hidden_layers").asInt());
            assertEquals(0, config.path("max_window_layers").asInt());
            assertEquals("[\"sliding_attention\"]", config.path("layer_types").toString());
        }
    }
}
