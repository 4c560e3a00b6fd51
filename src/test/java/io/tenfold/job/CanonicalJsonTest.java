package io.tenfold.job;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import org.junit.jupiter.api.Test;

class CanonicalJsonTest {

    @Test
    void theOrderOfKeysAndTheSpellingOfNumbersDoNotCount() throws JsonProcessingException {
        assertEquals(hash("{\"a\": 3, \"b\": [1e-4, 0]}"), hash("{\"b\": [0.0001, -0.0], \"a\": 3.0}"));
    }

    @Test
    void theOrderOfAListAndTheKindOfAValueCount() throws JsonProcessingException {
        assertNotEquals(hash("{\"a\": [1, 2]}"), hash("{\"a\": [2, 1]}"));
        assertNotEquals(hash("{\"a\": 1}"), hash("{\"a\": \"1\"}"));
        assertNotEquals(hash("{\"a\": null}"), hash("{}"));
    }

    @Test
    void aNumberTooLargeForADoubleStillHasASpelling() throws JsonProcessingException {
        assertEquals(hash("{\"a\": 1e999}"), hash("{\"a\": 2e999}"));
        assertNotEquals(hash("{\"a\": 1e999}"), hash("{\"a\": -1e999}"));
    }

    private static String hash(String json) throws JsonProcessingException {
        JsonNode node = new ObjectMapper().readTree(json);
        return CanonicalJson.sha256(node);
    }
}
