package io.tenfold.web;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import io.tenfold.job.ErrorCode;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.ByteArrayInputStream;
import java.io.CharConversionException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/**
 * Reads a body as one JSON object, up to the size limit; what is wrong with it is told with line and column. As strict as
 * intake, digit by digit, since two readings of one body would have two hashes.
 */
@ApplicationScoped
class JsonBody {

    private final int limit;
    private final ObjectReader json;

    JsonBody(WebConfig config, ObjectMapper mapper) {
        this.limit = Math.toIntExact(config.maxRequestSize().asLongValue());
        this.json = mapper.reader()
                .with(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                .with(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
                .with(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS);
    }

    /** The object; otherwise a problem: 413 too large, 400 not JSON or not an object. */
    JsonNode read(InputStream body) {
        byte[] bytes = bytes(body);
        if (bytes.length == 0) {
            throw ProblemException.of(ErrorCode.BAD_REQUEST, null, "the body is empty; it must be a JSON object");
        }
        JsonNode node = parse(bytes);
        if (!node.isObject()) {
            throw ProblemException.of(
                    ErrorCode.BAD_REQUEST,
                    null,
                    "the body is JSON of type %s; it must be an object"
                            .formatted(node.getNodeType().name().toLowerCase(java.util.Locale.ROOT)));
        }
        return node;
    }

    private byte[] bytes(InputStream body) {
        try {
            byte[] bytes = body.readNBytes(limit + 1);
            if (bytes.length > limit) {
                throw new ProblemException(BodySizeFilter.tooLarge(limit));
            }
            return bytes;
        } catch (IOException e) {
            throw new UncheckedIOException("the body could not be read", e);
        }
    }

    private JsonNode parse(byte[] bytes) {
        try {
            return json.readTree(new ByteArrayInputStream(bytes));
        } catch (JsonProcessingException e) {
            throw ProblemException.of(
                    ErrorCode.BAD_REQUEST,
                    null,
                    "the body is not JSON%s: %s".formatted(place(e.getLocation()), firstLine(e.getOriginalMessage())));
        } catch (CharConversionException e) {
            throw ProblemException.of(
                    ErrorCode.BAD_REQUEST, null, "the body is not UTF-8: " + firstLine(String.valueOf(e.getMessage())));
        } catch (IOException e) {
            throw new UncheckedIOException("bytes in memory always read", e);
        }
    }

    private static String place(@org.jspecify.annotations.Nullable JsonLocation at) {
        return at == null ? "" : " at line %d, column %d".formatted(at.getLineNr(), at.getColumnNr());
    }

    /** Jackson adds source and position in lines of their own. */
    private static String firstLine(String message) {
        return message.lines().findFirst().orElse("");
    }
}
