package io.tenfold.storage;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * The Hugging Face hub's API for one repository, {@code org/name}, on loopback: large files are redirected to another host
 * name with their checksum in the redirect, small ones come at once with a Git checksum.
 */
final class HubServer implements AutoCloseable {

    static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";

    /** What goes wrong with one answer. */
    enum Trouble {
        CUT_OFF,
        DAMAGED,
        BUSY
    }

    private final HttpServer server;
    private final Map<String, byte[]> files = new TreeMap<>();
    private final ConcurrentLinkedQueue<Trouble> troubles = new ConcurrentLinkedQueue<>();

    /** Method, path and range of each request, in order. */
    final List<String> requests = new CopyOnWriteArrayList<>();

    /** The token that came to the store of large files, which must never see one. */
    volatile @Nullable String leakedToken;

    /** The token without which the repository is closed; null: it is open. */
    volatile @Nullable String neededToken;

    HubServer() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::answer);
        server.start();
    }

    String endpoint() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    void add(String name, byte[] content) {
        files.put(name, content);
    }

    /** The next answers with a file have these troubles, one each. */
    void next(Trouble... next) {
        troubles.addAll(List.of(next));
    }

    @Override
    public void close() {
        server.stop(0);
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            String path = exchange.getRequestURI().getPath();
            String range = exchange.getRequestHeaders().getFirst("Range");
            requests.add(path + (range == null ? "" : " " + range));
            String token = exchange.getRequestHeaders().getFirst("Authorization");
            if (path.startsWith("/cdn/")) {
                leakedToken = token == null ? leakedToken : token;
                content(exchange, path.substring("/cdn/".length()), range);
            } else if (neededToken != null && !("Bearer " + neededToken).equals(token)) {
                refuse(exchange, token == null ? 401 : 403, "GatedRepo");
            } else if (path.startsWith("/api/")) {
                api(exchange, path);
            } else {
                resolve(exchange, path, range);
            }
        }
    }

    private void api(HttpExchange exchange, String path) throws IOException {
        String revision = path.substring(path.lastIndexOf('/') + 1);
        if (path.startsWith("/api/models/old/name/")) {
            exchange.getResponseHeaders().set("Location", path.replace("old/name", "org/name") + "?blobs=true");
            exchange.sendResponseHeaders(307, -1);
        } else if (!path.matches("/api/(models|datasets)/org/name/revision/.*")) {
            refuse(exchange, 401, "RepoNotFound");
        } else if (!List.of("main", "v1", COMMIT).contains(revision)) {
            refuse(exchange, 404, "RevisionNotFound");
        } else {
            StringBuilder siblings = new StringBuilder();
            files.forEach((name, content) -> siblings.append(siblings.isEmpty() ? "" : ",")
                    .append("{\"rfilename\": \"%s\", \"size\": %d}".formatted(name, content.length)));
            send(exchange, 200, """
                    {"sha": "%s", "siblings": [%s]}""".formatted(COMMIT, siblings).getBytes(StandardCharsets.UTF_8));
        }
    }

    private void resolve(HttpExchange exchange, String path, @Nullable String range) throws IOException {
        String name = path.replaceFirst("^(/datasets)?/(org|old)/name/resolve/" + COMMIT + "/", "");
        byte[] content = files.get(name);
        Headers headers = exchange.getResponseHeaders();
        if (content == null) {
            refuse(exchange, 404, "EntryNotFound");
        } else if (content.length > 1000) {
            headers.set("X-Linked-Etag", '"' + digest("SHA-256", content) + '"');
            headers.set("X-Linked-Size", String.valueOf(content.length));
            headers.set(
                    "Location",
                    "http://localhost:%d/cdn/%s".formatted(server.getAddress().getPort(), name));
            exchange.sendResponseHeaders(302, -1);
        } else {
            byte[] header = ("blob " + content.length + "\0").getBytes(StandardCharsets.US_ASCII);
            headers.set("ETag", "W/\"" + digest("SHA-1", header, content) + '"');
            content(exchange, name, range);
        }
    }

    private void content(HttpExchange exchange, String name, @Nullable String range) throws IOException {
        byte[] content = files.get(name);
        if (content == null) {
            throw new IOException(name);
        }
        Trouble trouble = troubles.poll();
        if (trouble == Trouble.BUSY) {
            send(exchange, 503, new byte[0]);
            return;
        }
        int from = range == null ? 0 : Integer.parseInt(range.replaceAll("\\D", ""));
        byte[] part = Arrays.copyOfRange(content, from, content.length);
        if (trouble == Trouble.DAMAGED) {
            part[part.length / 2] ^= 1;
        }
        if (trouble == Trouble.CUT_OFF) {
            exchange.sendResponseHeaders(200, part.length);
            exchange.getResponseBody().write(part, 0, part.length / 2);
            exchange.getResponseBody().flush();
            return; // closing now breaks the promise of the length
        }
        send(exchange, range == null ? 200 : 206, part);
    }

    private static void refuse(HttpExchange exchange, int status, String code) throws IOException {
        exchange.getResponseHeaders().set("X-Error-Code", code);
        send(exchange, status, new byte[0]);
    }

    private static void send(HttpExchange exchange, int status, byte[] body) throws IOException {
        exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
        exchange.getResponseBody().write(body);
    }

    static String digest(String algorithm, byte[]... parts) {
        try {
            MessageDigest digest = MessageDigest.getInstance(algorithm);
            for (byte[] part : parts) {
                digest.update(part);
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new UncheckedIOException(new IOException(e));
        }
    }
}
