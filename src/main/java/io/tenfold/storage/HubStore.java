package io.tenfold.storage;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import okhttp3.HttpUrl;
import okhttp3.Response;

/** The Hugging Face hub: asks it for a revision's files, and keeps them by commit. */
final class HubStore {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Pattern COMMIT = Pattern.compile("[0-9a-f]{40}");

    private final HubClient client;
    private final Cache cache;
    private final Retries retries;

    HubStore(StorageConfig config, Cache cache, Retries retries) {
        this.client = new HubClient(config);
        this.cache = cache;
        this.retries = retries;
    }

    /** A repository at a commit; the files' sizes in bytes by name, -1 where the hub does not say. */
    record Snapshot(String commit, SortedMap<String, Long> files) {}

    Source at(Location.Hub where) {
        return new HubSource(this, where, cache);
    }

    /**
     * What a revision holds. A commit never changes, so it is asked for once; a branch or tag is asked for every time.
     *
     * @throws JobException BAD_REQUEST when repository or revision are missing or closed to us
     */
    Snapshot snapshot(Location.Hub where) {
        if (!COMMIT.matcher(where.revision()).matches()) {
            return parse(where, ask(where));
        }
        Path answer = cache.object(key(where, where.revision(), ""), "files.json", -1, path -> {
            try {
                Files.write(path, ask(where));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        try {
            return parse(where, Files.readAllBytes(answer));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A file of a snapshot, downloaded unless it is in the cache. */
    Path file(Location.Hub where, String commit, String name, long bytes) {
        String fileName = name.substring(name.lastIndexOf('/') + 1);
        return cache.object(key(where, commit, name), fileName, bytes, path -> new HubDownload(client, where, retries)
                .to(path, commit, name, bytes));
    }

    private String key(Location.Hub where, String commit, String name) {
        return String.join("\n", "hub", client.endpoint().toString(), where.kind(), where.repository(), commit, name);
    }

    private byte[] ask(Location.Hub where) {
        HttpUrl url = client.endpoint()
                .newBuilder()
                .addPathSegments("api/" + where.kind() + "/" + where.repository() + "/revision")
                .addEncodedPathSegment(where.revision())
                .addQueryParameter("blobs", "true")
                .build();
        return retries.call("asking the hub for " + where.text(), where.text(), () -> {
            try (Response response = client.get(where, url, 0).response()) {
                return response.body().bytes();
            }
        });
    }

    private Snapshot parse(Location.Hub where, byte[] answer) {
        JsonNode json;
        try {
            json = JSON.readTree(answer);
        } catch (IOException e) {
            throw noHub(where);
        }
        String commit = json.path("sha").asText();
        if (!COMMIT.matcher(commit).matches() || !json.path("siblings").isArray()) {
            throw noHub(where);
        }
        SortedMap<String, Long> files = new TreeMap<>();
        for (JsonNode sibling : json.path("siblings")) {
            String name = sibling.path("rfilename").asText();
            if (Location.staysBelow(name)) {
                files.put(name, sibling.path("size").asLong(-1));
            }
        }
        return new Snapshot(commit, files);
    }

    private JobException noHub(Location.Hub where) {
        return new JobException(
                ErrorCode.BAD_REQUEST,
                where.text(),
                "%s: what answers at %s is no Hugging Face hub; set tenfold.storage.hub.endpoint"
                        .formatted(where.text(), client.endpoint()));
    }

    /** The size that a snapshot tells; empty where the file is not in it. */
    static Optional<Long> size(Snapshot snapshot, String name) {
        return Optional.ofNullable(snapshot.files().get(name));
    }
}
