package io.tenfold.job;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;

/** JSON with one spelling: keys sorted, no space, equal numbers written alike ({@code 3}, {@code 3.0} and {@code 3e0}). */
public final class CanonicalJson {

    private CanonicalJson() {}

    /** The one spelling. */
    public static String of(JsonNode node) {
        return normal(node).toString();
    }

    /** SHA-256 of the one spelling in UTF-8, hexadecimal. */
    public static String sha256(JsonNode node) {
        return sha256(of(node).getBytes(StandardCharsets.UTF_8));
    }

    /** SHA-256 of bytes, hexadecimal. */
    public static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    private static JsonNode normal(JsonNode node) {
        JsonNodeFactory json = JsonNodeFactory.instance;
        if (node.isObject()) {
            Map<String, JsonNode> sorted = new TreeMap<>();
            node.properties().forEach(field -> sorted.put(field.getKey(), normal(field.getValue())));
            ObjectNode object = json.objectNode();
            sorted.forEach(object::set);
            return object;
        }
        if (node.isArray()) {
            var array = json.arrayNode();
            node.forEach(element -> array.add(normal(element)));
            return array;
        }
        // 1e999 reads as an infinite double, which has no decimal value; its spelling is its name.
        if (node.isNumber() && !(node.isDouble() && !Double.isFinite(node.doubleValue()))) {
            return json.numberNode(plain(node.decimalValue()));
        }
        return node;
    }

    private static BigDecimal plain(BigDecimal value) {
        return value.signum() == 0 ? BigDecimal.ZERO : value.stripTrailingZeros();
    }
}
