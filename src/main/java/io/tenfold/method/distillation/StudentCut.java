package io.tenfold.method.distillation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tenfold.checkpoint.JsonFile;
import io.tenfold.checkpoint.SafetensorsReader;
import io.tenfold.checkpoint.SafetensorsWriter;
import io.tenfold.tensor.Backend;
import io.tenfold.tensor.Ops;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A student made of some of its teacher's layers (Sanh et al. 2019, arXiv:1910.01108, section 3): embeddings, pooler and head
 * are the teacher's too.
 */
final class StudentCut {

    private static final ObjectMapper JSON = new ObjectMapper();

    /** BERT and DistilBERT call a layer {@code layer}, Llama and its kin {@code layers}, GPT-2 {@code h}. */
    private static final Pattern LAYER = Pattern.compile("((?:.*\\.)?(?:layer|layers|h)\\.)(\\d{1,4})(\\..*)");

    /** The last linear layer of each family's head. */
    private static final Set<String> OUTPUTS = Set.of(
            "classifier.weight",
            "classifier.bias",
            "classifier.out_proj.weight",
            "classifier.out_proj.bias",
            "score.weight",
            "score.bias");

    private StudentCut() {}

    /**
     * Writes the student's model.
     *
     * @param layers of the teacher, from 0, the lowest first
     * @param columns for each of the job's classes the number of the teacher's output; null: the head is not the task's, and is
     *     left as it is
     * @param target a folder, which is made
     * @return the folder
     */
    static Path write(
            TeacherFiles teacher, List<Integer> layers, int @Nullable [] columns, Path target, Backend backend) {
        try (SafetensorsReader file = teacher.tensors();
                NDManager scope = backend.scope()) {
            Files.createDirectories(target);
            Map<String, NDArray> tensors = new LinkedHashMap<>();
            for (String name : file.names()) {
                Matcher layer = LAYER.matcher(name);
                if (!layer.matches()) {
                    tensors.put(name, ordered(name, file, columns, scope));
                    continue;
                }
                int place = layers.indexOf(Integer.valueOf(layer.group(2)));
                if (place >= 0) {
                    tensors.put(layer.group(1) + place + layer.group(3), file.read(scope, name));
                }
            }
            SafetensorsWriter.write(target.resolve("model.safetensors"), tensors);
            ObjectNode config = (ObjectNode) JsonFile.read(teacher.folder().resolve("config.json"));
            cut(config, layers);
            JSON.writeValue(target.resolve("config.json").toFile(), config);
            return target;
        } catch (IOException e) {
            throw new UncheckedIOException("the student can't be written to " + target, e);
        }
    }

    private static void cut(ObjectNode config, List<Integer> layers) {
        String count =
                Stream.of("n_layers", "n_layer").filter(config::has).findFirst().orElse("num_hidden_layers");
        config.put(count, layers.size());
        if (config.path("layer_types").isArray()) {
            ArrayNode types = config.arrayNode();
            layers.forEach(layer -> types.add(config.path("layer_types").path(layer)));
            config.set("layer_types", types);
        }
        if (config.path("max_window_layers").isInt()) {
            int full = config.path("max_window_layers").intValue();
            config.put(
                    "max_window_layers",
                    layers.stream().filter(layer -> layer < full).count());
        }
    }

    private static NDArray ordered(String name, SafetensorsReader file, int @Nullable [] columns, NDManager scope) {
        NDArray tensor = file.read(scope, name);
        return columns != null && OUTPUTS.contains(name)
                ? Ops.rows(
                        tensor,
                        scope.create(Arrays.stream(columns).asLongStream().toArray()))
                : tensor;
    }
}
