package io.tenfold.messaging;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What Apicurio Registry's core API v3 documents of adding an artifact, on loopback. */
final class RegistryServer implements AutoCloseable {

    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final HttpServer server;
    private final Deque<Integer> troubles;

    /** The schemas by group and artifact; a content's number is its place here, from 1 on. */
    final Map<String, JsonNode> schemas = Collections.synchronizedMap(new LinkedHashMap<>());

    volatile String authorization = "";

    /** @param troubles what the first requests are answered */
    RegistryServer(Integer... troubles) {
        this.troubles = new ArrayDeque<>(List.of(troubles));
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.createContext("/apis/registry/v3/groups/", this::addArtifact);
        server.start();
    }

    String url() {
        return "http://127.0.0.1:%d/apis/registry/v3"
                .formatted(server.getAddress().getPort());
    }

    static RegistryConfig settings(Map<String, String> values) {
        return new SmallRyeConfigBuilder()
                .withMapping(RegistryConfig.class)
                .withDefaultValues(values)
                .build()
                .getConfigMapping(RegistryConfig.class);
    }

    private void addArtifact(HttpExchange exchange) throws IOException {
        try (exchange) {
            authorization = String.valueOf(exchange.getRequestHeaders().getFirst("Authorization"));
            JsonNode wanted = JSON.readTree(exchange.getRequestBody());
            Integer trouble = troubles.poll();
            if (trouble != null) {
                answer(exchange, trouble, "{\"title\": \"no\", \"status\": %d}".formatted(trouble));
                return;
            }
            JsonNode content = wanted.path("firstVersion").path("content");
            boolean understood = exchange.getRequestMethod().equals("POST")
                    && String.valueOf(exchange.getRequestURI().getQuery()).equals("ifExists=FIND_OR_CREATE_VERSION")
                    && wanted.path("artifactType").asText().equals("JSON")
                    && content.path("contentType").asText().equals("application/json");
            if (!understood) {
                answer(exchange, 400, "{\"title\": \"not understood\"}");
                return;
            }
            String group = exchange.getRequestURI().getPath().split("/", -1)[5];
            schemas.put(
                    group + "/" + wanted.path("artifactId").asText(),
                    JSON.readTree(content.path("content").asText()));
            answer(
                    exchange,
                    200,
                    "{\"artifact\": {}, \"version\": {\"version\": \"1\", \"globalId\": %1$d, \"contentId\": %1$d}}"
                            .formatted(schemas.size()));
        }
    }

    private static void answer(HttpExchange exchange, int status, String json) throws IOException {
        byte[] body = json.getBytes(UTF_8);
        exchange.getResponseHeaders().add("Content-Type", "application/json");
        exchange.sendResponseHeaders(status, body.length);
        exchange.getResponseBody().write(body);
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
