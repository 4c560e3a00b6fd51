package io.tenfold.messaging;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.tenfold.job.TraceContext;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.jspecify.annotations.Nullable;

/** Reads a record: plain JSON, or CloudEvents 1.0 in its structured or binary form; also behind a schema registry's prefix. */
final class RecordDecoder {

    private static final String STRUCTURED = "application/cloudevents+json";

    /** Strict, since two readings of one body would be two jobs under one id. */
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private static final byte REGISTRY = 0;
    private static final int[] FRAME_LENGTHS = {1 + Integer.BYTES, 1 + Long.BYTES};

    private RecordDecoder() {}

    /**
     * @param ownId the field of the body that names the job: {@code id} in requests, {@code job_id} in commands
     */
    static Decoded decode(ConsumerRecord<byte[], byte[]> record, String ownId) {
        byte[] value = record.value();
        if (value == null) {
            return new Decoded.Tombstone();
        }
        int frame = frameLength(value);
        try {
            JsonNode json = JSON.readTree(value, frame, value.length - frame);
            Headers headers = record.headers();
            if (isStructured(json, headers)) {
                TraceContext trace =
                        TraceContext.of(text(json, TraceContext.TRACEPARENT), text(json, TraceContext.TRACESTATE));
                return body(data(json), ownId, text(json, "id"), trace, record);
            }
            return body(json, ownId, header(headers, "ce_id"), TraceHeaders.of(headers), record);
        } catch (JsonProcessingException e) {
            return notJson(value, e.getOriginalMessage());
        } catch (IOException e) {
            return notJson(value, String.valueOf(e.getMessage()));
        }
    }

    private static Decoded notJson(byte[] value, String why) {
        return new Decoded.Undecodable(
                value.length > 0 && value[0] == REGISTRY
                        ? "the value begins with a zero byte, as a schema registry's serializers do, but no JSON object"
                                + " follows the schema's number; send JSON"
                        : "the value is not JSON: " + why);
    }

    /**
     * How many bytes a schema registry's serializer put before the JSON: a zero byte, which no JSON begins with, and the
     * schema's number in four bytes (Confluent, Apicurio 3) or eight (Apicurio 2). What the number names is not asked: the
     * request's reader is stricter than any schema.
     */
    private static int frameLength(byte[] value) {
        for (int length : FRAME_LENGTHS) {
            if (value.length > length && value[0] == REGISTRY && value[length] == '{') {
                return length;
            }
        }
        return 0;
    }

    /** By its content type, or, where a producer set none, by the field that every CloudEvent has and no body of ours. */
    private static boolean isStructured(JsonNode json, Headers headers) {
        String contentType = header(headers, "content-type");
        return json.isObject()
                && (json.has("specversion")
                        || (contentType != null
                                && contentType.toLowerCase(Locale.ROOT).startsWith(STRUCTURED)));
    }

    private static JsonNode data(JsonNode event) throws IOException {
        JsonNode base64 = event.get("data_base64");
        return base64 == null ? event.path("data") : JSON.readTree(base64.binaryValue());
    }

    private static Decoded body(
            JsonNode json,
            String ownId,
            @Nullable String eventId,
            @Nullable TraceContext trace,
            ConsumerRecord<byte[], byte[]> record) {
        if (!json.isObject()) {
            return new Decoded.Undecodable("the body is %s; it must be a JSON object"
                    .formatted(json.getNodeType().name().toLowerCase(Locale.ROOT)));
        }
        String own = text(json, ownId);
        String key = utf8(record.key());
        String id = own != null ? own : eventId != null ? eventId : key;
        return id == null || id.isBlank()
                ? new Decoded.Undecodable(
                        "no id anywhere: the body has no %s, there is no CloudEvents id and no key".formatted(ownId))
                : new Decoded.Body(id, json, trace);
    }

    private static @Nullable String text(JsonNode json, String field) {
        JsonNode value = json.get(field);
        return value != null && value.isTextual() && !value.textValue().isBlank() ? value.textValue() : null;
    }

    static @Nullable String header(Headers headers, String name) {
        Header header = headers.lastHeader(name);
        return header == null ? null : utf8(header.value());
    }

    private static @Nullable String utf8(byte @Nullable [] bytes) {
        if (bytes == null) {
            return null;
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            return null;
        }
    }
}
