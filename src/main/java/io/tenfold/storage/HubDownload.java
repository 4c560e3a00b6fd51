package io.tenfold.storage;

import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import okhttp3.HttpUrl;
import okhttp3.Response;
import org.jspecify.annotations.Nullable;

/** Brings one file of a commit, going on where a broken connection left off, and holds it against the hub's checksum. */
final class HubDownload {

    private static final int SHA256_DIGITS = 64;
    private static final int SHA1_DIGITS = 40;
    private static final int MOST_DAMAGED = 3;

    private final HubClient client;
    private final Location.Hub where;
    private final Retries retries;
    private int damaged;

    HubDownload(HubClient client, Location.Hub where, Retries retries) {
        this.client = client;
        this.where = where;
        this.retries = retries;
    }

    /**
     * @param bytes the size that the listing told, or -1
     * @throws JobException UNAVAILABLE when it does not come, or comes damaged three times
     */
    void to(Path path, String commit, String name, long bytes) {
        String repository =
                where.kind().equals("models") ? where.repository() : where.kind() + "/" + where.repository();
        HttpUrl url = client.endpoint()
                .newBuilder()
                .addPathSegments(repository + "/resolve/" + commit)
                .addPathSegments(name)
                .build();
        retries.call("downloading " + name + " of " + where.text(), where.text(), () -> receive(path, url, bytes));
    }

    private long receive(Path path, HttpUrl url, long listed) throws IOException {
        long have = Files.exists(path) ? Files.size(path) : 0;
        HubClient.Answer answer = client.get(where, url, have);
        try (Response response = answer.response();
                InputStream in = response.body().byteStream()) {
            LocalDisk.write(in, path, StandardOpenOption.CREATE, mode(response));
        }
        verify(path, answer.etag(), answer.bytes() >= 0 ? answer.bytes() : listed);
        return Files.size(path);
    }

    /** A server that knows no ranges sends the whole file once more. */
    private static OpenOption mode(Response response) {
        return response.code() == 206 ? StandardOpenOption.APPEND : StandardOpenOption.TRUNCATE_EXISTING;
    }

    private void verify(Path path, @Nullable String etag, long bytes) throws IOException {
        long have = Files.size(path);
        if (bytes >= 0 && have < bytes) {
            throw new IOException("%,d of %,d bytes came".formatted(have, bytes));
        }
        if (bytes >= 0 && have > bytes) {
            throw discard(path, "%,d bytes".formatted(have), "%,d bytes".formatted(bytes));
        }
        if (etag != null && etag.length() == SHA256_DIGITS) {
            compare(path, "SHA-256 ", Digests.sha256(path), etag);
        } else if (etag != null && etag.length() == SHA1_DIGITS) {
            compare(path, "Git checksum ", Digests.gitBlob(path), etag);
        }
    }

    private void compare(Path path, String kind, String found, String told) throws IOException {
        if (!found.equals(told)) {
            throw discard(path, kind + found, kind + told);
        }
    }

    /** The next try begins anew; one that fails like this again and again will not get better by waiting. */
    private IOException discard(Path path, String found, String told) throws IOException {
        Files.delete(path);
        damaged++;
        String what = "%s came with %s, the hub tells %s".formatted(path.getFileName(), found, told);
        if (damaged >= MOST_DAMAGED) {
            throw new JobException(
                    ErrorCode.UNAVAILABLE,
                    where.text(),
                    "%s: %s, %d times; the hub or a proxy on the way damages it"
                            .formatted(where.text(), what, damaged));
        }
        return new IOException(what);
    }
}
