package io.tenfold.web;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tenfold.job.Fields;
import jakarta.ws.rs.core.MultivaluedMap;
import java.util.List;

/**
 * Query parameters in the shape of a JSON object, so that they are read, and refused, as a request's fields are: all
 * errors at once, unknown names with the nearest known one.
 */
final class QueryFields {

    private static final int DIGITS_OF_A_LONG = 18;

    private QueryFields() {}

    static Fields of(MultivaluedMap<String, String> parameters) {
        ObjectNode object = JsonNodeFactory.instance.objectNode();
        parameters.forEach((name, values) -> object.set(name, node(values)));
        return new Fields(object);
    }

    /** To be called when everything was read. */
    static void refuse(Fields query) {
        query.refuseUnknown();
        if (!query.errors().isEmpty()) {
            throw ProblemException.of(query.errors());
        }
    }

    private static JsonNode node(List<String> values) {
        if (values.size() == 1) {
            return node(values.getFirst());
        }
        ArrayNode array = JsonNodeFactory.instance.arrayNode();
        values.forEach(array::add);
        return array;
    }

    private static JsonNode node(String value) {
        return value.length() <= DIGITS_OF_A_LONG && value.matches("-?[0-9]+")
                ? JsonNodeFactory.instance.numberNode(Long.parseLong(value))
                : JsonNodeFactory.instance.textNode(value);
    }
}
