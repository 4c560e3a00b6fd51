package io.tenfold.storage;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tenfold.job.ArtifactStore.NotFoundException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/** Which files of a folder somebody asked for. */
final class Names {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String INDEX = ".index.json";

    private Names() {}

    /** Those of {@code present} that a wanted name stands for; one ending in {@code *} stands for a beginning. */
    static SortedSet<String> chosen(Collection<String> present, List<String> wanted) {
        SortedSet<String> chosen = new TreeSet<>();
        for (String name : present) {
            if (Location.staysBelow(name) && wanted.stream().anyMatch(want -> matches(name, want))) {
                chosen.add(name);
            }
        }
        return chosen;
    }

    private static boolean matches(String name, String want) {
        return want.endsWith("*") ? name.startsWith(want.substring(0, want.length() - 1)) : name.equals(want);
    }

    /** Whether a file lists shards ({@code model.safetensors.index.json}). */
    static boolean isIndex(String name) {
        return name.endsWith(INDEX);
    }

    /**
     * The shards that an index names, as names in the index's folder's folder. An index that can't be read names none: the
     * model's reader says what is wrong with it.
     *
     * @param location of the folder, for messages
     * @throws NotFoundException when a shard is not among those present
     */
    static SortedSet<String> shards(String indexName, Path index, Collection<String> present, String location) {
        SortedSet<String> shards = new TreeSet<>();
        String folder = indexName.substring(0, indexName.lastIndexOf('/') + 1);
        for (JsonNode shard : weightMap(index)) {
            String name = folder + shard.asText();
            if (!Location.staysBelow(name) || !present.contains(name)) {
                throw new NotFoundException("%s/%s names the shard '%s', which is not there"
                        .formatted(location, indexName, shard.asText()));
            }
            shards.add(name);
        }
        return shards;
    }

    private static JsonNode weightMap(Path index) {
        try {
            return JSON.readTree(Files.readAllBytes(index)).path("weight_map");
        } catch (IOException e) {
            return JSON.createObjectNode();
        }
    }
}
