package io.tenfold.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.nio.file.Path;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Lets a request that runs here name files as a shell does: a plain path, or one after {@code file:}, is taken from the
 * working directory and becomes {@code file:} with an absolute path. Other locations stay as they are.
 */
final class LocalPaths {

    private static final Pattern SCHEME = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]+:.*", Pattern.DOTALL);
    private static final String FILE = "file:";

    /** Fields that hold a location wherever they stand in a request. */
    private static final Set<String> LOCATION_FIELDS =
            Set.of("model", "output", "train", "validation", "unlabelled", "artifact", "from", "must_beat");

    private LocalPaths() {}

    /** A copy of the request with every local location absolute. */
    static ObjectNode resolve(ObjectNode request, Path workingDirectory) {
        ObjectNode copy = request.deepCopy();
        walk(copy, workingDirectory);
        return copy;
    }

    /** The same for one location. */
    static String resolve(String location, Path workingDirectory) {
        if (location.startsWith(FILE)) {
            return FILE + absolute(location.substring(FILE.length()), workingDirectory);
        }
        return SCHEME.matcher(location).matches() || location.isBlank()
                ? location
                : FILE + absolute(location, workingDirectory);
    }

    private static Path absolute(String path, Path workingDirectory) {
        // file:///a/b and file:/a/b are one path.
        String plain = path.startsWith("//") ? path.substring(2) : path;
        return workingDirectory.resolve(plain).toAbsolutePath().normalize();
    }

    private static void walk(ObjectNode object, Path workingDirectory) {
        for (var field : object.properties()) {
            JsonNode value = field.getValue();
            if (value.isTextual() && LOCATION_FIELDS.contains(field.getKey())) {
                field.setValue(TextNode.valueOf(resolve(value.textValue(), workingDirectory)));
            } else if (field.getKey().equals("adapters") && value instanceof ArrayNode adapters) {
                for (int i = 0; i < adapters.size(); i++) {
                    if (adapters.get(i).isTextual()) {
                        adapters.set(i, TextNode.valueOf(resolve(adapters.get(i).textValue(), workingDirectory)));
                    }
                }
            } else if (!field.getKey().equals("metadata")) {
                descend(value, workingDirectory);
            }
        }
    }

    private static void descend(JsonNode value, Path workingDirectory) {
        if (value instanceof ObjectNode object) {
            walk(object, workingDirectory);
        } else if (value instanceof ArrayNode array) {
            array.forEach(element -> descend(element, workingDirectory));
        }
    }
}
