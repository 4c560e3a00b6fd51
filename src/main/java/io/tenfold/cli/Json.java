package io.tenfold.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import io.tenfold.job.CloudEvent;
import java.io.IOException;

/** JSON as it stands on the topics: times as RFC 3339 text. */
final class Json {

    static final ObjectMapper MAPPER = JsonMapper.builder()
            .addModule(new JavaTimeModule())
            .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
            .build();

    private Json() {}

    /** One line. */
    static String line(Object value) {
        try {
            return MAPPER.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("cannot be written as JSON: " + value, e);
        }
    }

    /** A CloudEvent as it came from a topic or over REST; fields that we don't know are dropped. */
    static CloudEvent event(byte[] json) throws IOException {
        JsonNode node = MAPPER.readTree(json);
        return new CloudEvent(
                node.path("specversion").asText("1.0"),
                node.path("id").asText(),
                node.path("source").asText(),
                node.path("type").asText(),
                node.path("subject").asText(),
                node.path("time").asText(),
                node.path("datacontenttype").asText("application/json"),
                node.path("data"));
    }
}
