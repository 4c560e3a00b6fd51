package io.tenfold.localstack;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/** What the demo asks for. */
record DemoJob(String id, ObjectNode request) {

    /**
     * The cheap one, whose adapter is used afterwards, and the classic; epochs so that both learn the classes well. In this
     * order, because a worker's peak of memory never falls: the smaller need must come first to be seen.
     */
    static List<DemoJob> all() {
        return List.of(
                of(
                        "support-lora",
                        "{\"name\": \"lora\", \"r\": 8, \"lora_alpha\": 16, \"target_modules\": [\"query\", \"value\"]}",
                        3,
                        "2e-3"),
                of("support-full", "{\"name\": \"full\"}", 3, "1e-4"));
    }

    private static DemoJob of(String id, String method, int epochs, String learningRate) {
        String json = """
                {"id": "%s",
                 "model": "s3://models/minilm",
                 "task": {"type": "sequence_classification"},
                 "data": {"train": "s3://data/support/support.train.csv", "validation": "s3://data/support/support.validation.csv"},
                 "method": %s,
                 "training": {"epochs": %d, "batch_size": 16, "learning_rate": %s, "max_length": 64},
                 "output": "s3://artifacts/%s"}
                """.formatted(id, method, epochs, learningRate, id);
        try {
            return new DemoJob(id, (ObjectNode) JsonMapper.builder().build().readTree(json));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("the demo's own request is no JSON", e);
        }
    }

    /** The same story by hand. */
    static String whatToTypeNext() {
        return """

                Do it yourself:
                  ./tenfold up                                  the same system, until Ctrl-C; it says where things are
                  ./tenfold submit request.json --watch         a request like those above (in another terminal)
                  ./tenfold jobs                                what became of all of them
                  ./tenfold run request.json                    one job without any of that: file paths in place of s3://
                  ./tenfold predict --artifact file:OUTPUT --text "Where is my parcel?"
                  ./tenfold --help                              everything else
                """;
    }
}
