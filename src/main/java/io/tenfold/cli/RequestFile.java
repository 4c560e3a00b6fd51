package io.tenfold.cli;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** A request as somebody wrote it into a file. */
final class RequestFile {

    private RequestFile() {}

    /**
     * Reads the file as one JSON object.
     *
     * @throws CommandProblem when it can't be read, or with line and column when it is not a JSON object
     */
    static ObjectNode read(Path file) {
        JsonNode node;
        try {
            node = Json.MAPPER
                    .reader()
                    .with(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                    .readTree(Files.readAllBytes(file));
        } catch (JsonProcessingException e) {
            JsonLocation at = e.getLocation();
            throw CommandProblem.wrongRequest("%s, line %d, column %d: %s"
                    .formatted(file, at.getLineNr(), at.getColumnNr(), e.getOriginalMessage()));
        } catch (NoSuchFileException e) {
            throw CommandProblem.wrongRequest(file + " does not exist");
        } catch (IOException e) {
            throw CommandProblem.wrongRequest(file + " can't be read: " + e.getMessage());
        }
        if (node instanceof ObjectNode object) {
            return object;
        }
        throw CommandProblem.wrongRequest("%s holds %s; a request is one JSON object"
                .formatted(file, node.isMissingNode() ? "nothing" : "a JSON " + node.getNodeType()));
    }

    /** The job's id: the body's own, else the file's name without its ending. */
    static String id(ObjectNode body, Path file) {
        if (body.path("id").isTextual()) {
            return body.path("id").textValue();
        }
        String name = file.toAbsolutePath().getFileName().toString();
        int dot = name.lastIndexOf('.');
        return dot > 0 ? name.substring(0, dot) : name;
    }
}
