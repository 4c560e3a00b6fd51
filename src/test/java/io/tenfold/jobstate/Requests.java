package io.tenfold.jobstate;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** Requests that make sense. */
public final class Requests {

    private static final JsonMapper JSON = JsonMapper.builder().build();

    private Requests() {}

    /** A request with LoRA under that id. */
    public static ObjectNode lora(String id) {
        return (ObjectNode) json("""
                {"id": "%s", "model": "s3://models/bert-tiny", "task": {"type": "sequence_classification"},
                 "data": {"train": "s3://data/train.tsv", "validation": "s3://data/dev.tsv"},
                 "method": {"name": "lora"}, "training": {"epochs": 1}, "output": "s3://artifacts/%s"}
                """.formatted(id, id));
    }

    static JsonNode json(String text) {
        try {
            return JSON.readTree(text);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(text, e);
        }
    }
}
