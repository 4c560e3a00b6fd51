package io.tenfold.storage;

import io.minio.GetObjectArgs;
import io.minio.GetObjectResponse;
import io.minio.ListObjectsArgs;
import io.minio.MinioClient;
import io.minio.PutObjectArgs;
import io.minio.RemoveObjectsArgs;
import io.minio.Result;
import io.minio.StatObjectArgs;
import io.minio.StatObjectResponse;
import io.minio.UploadObjectArgs;
import io.minio.errors.ErrorResponseException;
import io.minio.errors.MinioException;
import io.minio.messages.DeleteError;
import io.minio.messages.DeleteObject;
import io.minio.messages.Item;
import io.tenfold.job.ArtifactStore.Entry;
import io.tenfold.job.ArtifactStore.NotFoundException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;

/** An object in S3, or all objects whose keys begin with a folder's name. */
final class S3Source implements Source {

    private final MinioClient client;
    private final Location.S3 where;
    private final String endpoint;
    private final long partSize;
    private final Cache cache;
    private final Retries retries;
    private final S3Errors errors;

    S3Source(MinioClient client, Location.S3 where, String endpoint, long partSize, Cache cache, Retries retries) {
        this.client = client;
        this.where = where;
        this.endpoint = endpoint;
        this.partSize = partSize;
        this.cache = cache;
        this.retries = retries;
        this.errors = new S3Errors(endpoint);
    }

    /** One version of an object. */
    private record Version(String key, String etag, long bytes) {}

    @Override
    public Path fetch() {
        return cached(version());
    }

    @Override
    public Path fetchFolder(List<String> names) {
        Map<String, Version> present = new TreeMap<>();
        for (Version version : versions()) {
            present.put(version.key().substring(where.key().length() + 1), version);
        }
        if (present.isEmpty()) {
            throw new NotFoundException("nothing is below %s (asked %s)".formatted(where.text(), endpoint));
        }
        SortedMap<String, Path> files = new TreeMap<>();
        SortedSet<String> chosen = Names.chosen(present.keySet(), names);
        for (String name : chosen) {
            Path file = cached(present, name);
            files.put(name, file);
            if (Names.isIndex(name)) {
                for (String shard : Names.shards(name, file, present.keySet(), where.text())) {
                    files.put(shard, cached(present, shard));
                }
            }
        }
        return cache.view(files);
    }

    private Path cached(Map<String, Version> present, String name) {
        Version version = present.get(name);
        if (version == null) {
            throw new NotFoundException("%s/%s is not there".formatted(where.text(), name));
        }
        return cached(version);
    }

    private Path cached(Version version) {
        Location.S3 object = object(version.key());
        return cache.object(
                String.join("\n", "s3", endpoint, where.bucket(), version.key(), version.etag()),
                object.fileName(),
                version.bytes(),
                path -> new S3Download(client, object, errors, retries).to(path, version.etag(), version.bytes()));
    }

    @Override
    public void download(Path target) {
        Version version = version();
        Path temporary = target.resolveSibling(target.getFileName() + ".part");
        try {
            Files.createDirectories(target.toAbsolutePath().resolveSibling(""));
            Files.deleteIfExists(temporary);
            new S3Download(client, where, errors, retries).to(temporary, version.etag(), version.bytes());
            Files.move(temporary, target, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw LocalDisk.unwritable(target, e);
        } finally {
            CacheSweep.delete(temporary);
        }
    }

    /** The newest version. A refusal of HEAD has no body that says why, so it is asked for once more with GET. */
    private Version version() {
        return retries.call(
                "looking at " + where.text(),
                where.text(),
                () -> errors.call(where, () -> {
                    try {
                        StatObjectResponse stat = client.statObject(StatObjectArgs.builder()
                                .bucket(where.bucket())
                                .object(where.key())
                                .build());
                        return new Version(where.key(), stat.etag(), stat.size());
                    } catch (ErrorResponseException e) {
                        get().close();
                        throw e;
                    }
                }));
    }

    private GetObjectResponse get() throws MinioException, IOException, GeneralSecurityException {
        return client.getObject(GetObjectArgs.builder()
                .bucket(where.bucket())
                .object(where.key())
                .build());
    }

    @Override
    public Optional<byte[]> read() {
        try {
            return Optional.of(retries.call(
                    "reading " + where.text(),
                    where.text(),
                    () -> errors.call(where, () -> {
                        try (GetObjectResponse answer = get()) {
                            return answer.readAllBytes();
                        }
                    })));
        } catch (NotFoundException e) {
            return Optional.empty();
        }
    }

    @Override
    public List<Entry> list() {
        return versions().stream()
                .map(version -> new Entry(object(version.key()).text(), version.bytes()))
                .sorted(Comparator.comparing(Entry::location))
                .toList();
    }

    private List<Version> versions() {
        return retries.call(
                "listing " + where.text(),
                where.text(),
                () -> errors.call(where, () -> {
                    List<Version> versions = new ArrayList<>();
                    for (Result<Item> result : client.listObjects(ListObjectsArgs.builder()
                            .bucket(where.bucket())
                            .prefix(where.key() + "/")
                            .recursive(true)
                            .build())) {
                        Item item = result.get();
                        // An object whose key ends in a slash is a folder that a console made; it holds nothing.
                        if (!item.isDir() && !item.objectName().endsWith("/")) {
                            versions.add(new Version(item.objectName(), unquoted(item.etag()), item.size()));
                        }
                    }
                    return versions;
                }));
    }

    @Override
    public void put(Path file) {
        retries.call(
                "writing " + where.text(),
                where.text(),
                () -> errors.call(where, () -> {
                    String etag = client.uploadObject(UploadObjectArgs.builder()
                                    .bucket(where.bucket())
                                    .object(where.key())
                                    .filename(file.toString(), partSize)
                                    .build())
                            .etag();
                    Version stored = version();
                    if (stored.bytes() != Files.size(file) || !stored.etag().equals(unquoted(etag))) {
                        throw new IOException("%s has %,d bytes there, %,d were sent"
                                .formatted(where.text(), stored.bytes(), Files.size(file)));
                    }
                    return stored;
                }));
    }

    @Override
    public boolean putIfAbsent(byte[] bytes) {
        AtomicBoolean again = new AtomicBoolean();
        return retries.call(
                "writing " + where.text(),
                where.text(),
                () -> errors.call(where, () -> {
                    try {
                        client.putObject(PutObjectArgs.builder()
                                .bucket(where.bucket())
                                .object(where.key())
                                .extraHeaders(Map.of("If-None-Match", "*"))
                                .stream(new ByteArrayInputStream(bytes), bytes.length, -1)
                                .build());
                        return true;
                    } catch (ErrorResponseException e) {
                        if (!S3Errors.preconditionFailed(e)) {
                            throw e;
                        }
                        // After a try whose answer was lost, what lies there may be our own.
                        return again.get()
                                && read().filter(there -> Arrays.equals(there, bytes))
                                        .isPresent();
                    } finally {
                        again.set(true);
                    }
                }));
    }

    @Override
    public void deleteAll() {
        List<DeleteObject> keys = Stream.concat(
                        Stream.of(where.key()), versions().stream().map(Version::key))
                .map(DeleteObject::new)
                .toList();
        retries.call(
                "removing " + where.text(),
                where.text(),
                () -> errors.call(where, () -> {
                    for (Result<DeleteError> result : client.removeObjects(RemoveObjectsArgs.builder()
                            .bucket(where.bucket())
                            .objects(keys)
                            .build())) {
                        DeleteError error = result.get();
                        throw new IOException("%s is not removed: %s".formatted(error.objectName(), error.message()));
                    }
                    return true;
                }));
    }

    private Location.S3 object(String key) {
        return new Location.S3("s3://%s/%s".formatted(where.bucket(), key), where.bucket(), key);
    }

    private static String unquoted(String etag) {
        return etag.replace("\"", "");
    }
}
