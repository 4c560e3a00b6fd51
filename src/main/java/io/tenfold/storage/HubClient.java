package io.tenfold.storage;

import io.tenfold.job.ArtifactStore.NotFoundException;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import java.io.IOException;
import java.util.Optional;
import okhttp3.HttpUrl;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import org.jspecify.annotations.Nullable;

/** GET requests to the hub. Follows redirects itself: the token stays with the endpoint, and checksums stand in redirects. */
final class HubClient {

    private static final int MOST_REDIRECTS = 10;

    private final OkHttpClient http;
    private final HttpUrl endpoint;
    private final Optional<String> token;

    /** @throws JobException BAD_REQUEST for an endpoint that is no URL */
    HubClient(StorageConfig config) {
        String url = config.hub().endpoint().replaceFirst("/+$", "");
        HttpUrl parsed = HttpUrl.parse(url);
        if (parsed == null) {
            throw new JobException(
                    ErrorCode.BAD_REQUEST,
                    "tenfold.storage.hub.endpoint",
                    "tenfold.storage.hub.endpoint is '%s'; write https://host".formatted(url));
        }
        endpoint = parsed;
        token = config.hub().token();
        http = new OkHttpClient.Builder()
                .followRedirects(false)
                .followSslRedirects(false)
                .connectTimeout(config.connectTimeout())
                .readTimeout(config.readTimeout())
                .build();
    }

    HttpUrl endpoint() {
        return endpoint;
    }

    /**
     * An answer with a body, open.
     *
     * @param etag of the whole file as the hub itself tells it, without quotes; null where it does not
     * @param bytes of the whole file as a redirect tells it, or -1
     */
    record Answer(Response response, @Nullable String etag, long bytes) {}

    /**
     * @param from the first byte wanted
     * @throws IOException for what may pass
     * @throws NotFoundException for a file that is not in the repository
     * @throws JobException BAD_REQUEST for everything else that is not 200 or 206
     */
    Answer get(Location.Hub where, HttpUrl first, long from) throws IOException {
        HttpUrl url = first;
        String etag = null;
        long bytes = -1;
        for (int hop = 0; hop <= MOST_REDIRECTS; hop++) {
            Response response = send(url, from);
            boolean own = sameHost(url);
            String linked = response.header("X-Linked-Etag");
            etag = own && linked != null ? linked : etag;
            bytes = own ? number(response.header("X-Linked-Size"), bytes) : bytes;
            String location = response.header("Location");
            if (response.isSuccessful()) {
                String whole = etag == null && own ? response.header("ETag") : etag;
                return new Answer(response, whole == null ? null : bare(whole), bytes);
            }
            response.close();
            HttpUrl next = response.isRedirect() && location != null ? url.resolve(location) : null;
            if (next == null && !own) {
                // A signed address that expired, or a file store's own trouble: the hub gives a new address.
                throw new IOException("%s answered %d".formatted(url.host(), response.code()));
            }
            if (next == null) {
                throw refused(where, response);
            }
            if (url.isHttps() && !next.isHttps()) {
                throw bad(where, "%s is redirected from https to %s, which is not followed", next.host());
            }
            url = next;
        }
        throw bad(where, "%s is redirected more than %s times", String.valueOf(MOST_REDIRECTS));
    }

    private Response send(HttpUrl url, long from) throws IOException {
        Request.Builder request =
                new Request.Builder().url(url).header("User-Agent", "tenfold").header("Accept-Encoding", "identity");
        if (from > 0) {
            request.header("Range", "bytes=" + from + "-");
        }
        if (sameHost(url)) {
            token.ifPresent(secret -> request.header("Authorization", "Bearer " + secret));
        }
        return http.newCall(request.build()).execute();
    }

    private boolean sameHost(HttpUrl url) {
        return url.scheme().equals(endpoint.scheme())
                && url.host().equals(endpoint.host())
                && url.port() == endpoint.port();
    }

    private RuntimeException refused(Location.Hub where, Response response) throws IOException {
        int status = response.code();
        if (status == 408 || status == 416 || status == 429 || status >= 500) {
            throw new IOException(
                    "%s answered %d".formatted(response.request().url().host(), status));
        }
        String code = String.valueOf(response.header("X-Error-Code"));
        String page = endpoint + (where.kind().equals("models") ? "" : "datasets/") + where.repository();
        if (code.equals("GatedRepo")) {
            return bad(
                    where,
                    token.isPresent()
                            ? "%s is gated, and the token's owner has no access; ask for it at %s"
                            : "%s is gated; accept its terms at %s and set tenfold.storage.hub.token",
                    page);
        }
        if (code.equals("RevisionNotFound")) {
            return bad(where, "%s: the repository has no revision '%s'; leave it out for main", where.revision());
        }
        if (code.equals("EntryNotFound")) {
            return new NotFoundException("%s is not there (asked %s)".formatted(where.text(), page));
        }
        return switch (status) {
            case 401 ->
                bad(
                        where,
                        token.isPresent()
                                ? "%s: the hub at %s refuses the token; correct tenfold.storage.hub.token"
                                : "%s does not exist or is private (asked %s); correct the name, or set tenfold.storage.hub.token",
                        endpoint);
            case 403 -> bad(where, "%s: the token may not read it; give it access at %s", page);
            case 404 -> bad(where, "%s does not exist (asked %s); correct the name", page);
            default -> bad(where, "%s: the hub answered " + status + " to a request for %s", page);
        };
    }

    private static JobException bad(Location.Hub where, String format, Object second) {
        return new JobException(ErrorCode.BAD_REQUEST, where.text(), format.formatted(where.text(), second));
    }

    /** {@code W/"abc"} and {@code "abc"} are both abc. */
    private static String bare(String etag) {
        return etag.replaceFirst("^W/", "").replace("\"", "");
    }

    private static long number(@Nullable String text, long otherwise) {
        return text != null && text.matches("\\d{1,18}") ? Long.parseLong(text) : otherwise;
    }
}
