package io.tenfold.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;

/** Which files hold a model's weights: {@code model.safetensors}, or the shards that its index names. */
final class ShardIndex {

    static final String SINGLE = "model.safetensors";
    static final String INDEX = "model.safetensors.index.json";
    private static final List<String> PICKLED = List.of("pytorch_model.bin", "pytorch_model.bin.index.json");

    private ShardIndex() {}

    static List<Path> files(Path folder) {
        if (Files.exists(folder.resolve(SINGLE))) {
            return List.of(folder.resolve(SINGLE));
        }
        if (Files.exists(folder.resolve(INDEX))) {
            return shards(folder, folder.resolve(INDEX));
        }
        for (String pickled : PICKLED) {
            if (Files.exists(folder.resolve(pickled))) {
                throw new JobException(
                        ErrorCode.BAD_MODEL,
                        "model",
                        "the weights are pickled (%s), which can run code when read, so we don't; convert them with AutoModel.from_pretrained(…).save_pretrained(…, safe_serialization=True) and use the folder it writes"
                                .formatted(pickled));
            }
        }
        throw new JobException(
                ErrorCode.BAD_MODEL,
                "model",
                "the model's folder has neither %s nor %s; it needs one of them".formatted(SINGLE, INDEX));
    }

    private static List<Path> shards(Path folder, Path index) {
        JsonNode weightMap = weightMap(index);
        TreeSet<String> names = new TreeSet<>();
        weightMap.forEach(shard -> names.add(shard.asText()));
        return names.stream().map(name -> shard(folder, index, name)).toList();
    }

    private static JsonNode weightMap(Path index) {
        try {
            JsonNode weightMap = JsonFile.read(index).path("weight_map");
            if (weightMap.isObject() && !weightMap.isEmpty()) {
                return weightMap;
            }
        } catch (IOException e) {
            throw Checkpoints.bad(index, "it is not JSON", e);
        }
        throw Checkpoints.bad(index, "it has no weight_map");
    }

    private static Path shard(Path folder, Path index, String name) {
        // A name with a folder in it could reach outside of the model.
        if (name.isEmpty() || name.contains("/") || name.contains("\\") || name.startsWith(".")) {
            throw Checkpoints.bad(index, "it names the shard \"%s\", which is not a file's name".formatted(name));
        }
        Path shard = folder.resolve(name);
        if (!Files.exists(shard)) {
            throw Checkpoints.bad(index, "it names the shard %s, which is not there".formatted(name));
        }
        return shard;
    }
}
