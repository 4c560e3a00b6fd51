package io.tenfold.method.prompt;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tenfold.method.GoldenJob;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/** What make_hard.py wrote. */
final class HardGolden {

    static final ObjectMapper JSON = new ObjectMapper();

    private HardGolden() {}

    static JsonNode read(String file) throws IOException {
        return JSON.readTree(GoldenJob.GOLDEN.resolve(file).toFile());
    }

    static Map<String, List<String>> verbalizer(JsonNode golden) {
        return JSON.convertValue(golden.path("verbalizer"), new TypeReference<>() {});
    }

    static int[] numbers(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false)
                .mapToInt(JsonNode::intValue)
                .toArray();
    }

    static @Nullable List<String> second(JsonNode golden) {
        return golden.path("text2").isNull()
                ? null
                : List.of(golden.path("text2").textValue());
    }

    /** A request's method of kind hard. */
    static String method(Object templates, Object verbalizer, String more) throws IOException {
        return "{\"name\": \"prompt\", \"kind\": \"hard\", \"templates\": %s, \"verbalizer\": %s%s}"
                .formatted(JSON.writeValueAsString(templates), JSON.writeValueAsString(verbalizer), more);
    }
}
