package io.tenfold.storage;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.minio.MinioClient;
import io.minio.StatObjectArgs;
import io.tenfold.job.ArtifactStore.Entry;
import io.tenfold.job.ArtifactStore.NotFoundException;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import io.tenfold.localstack.EmbeddedS3;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class S3Test {

    private static final int LARGE = 50 << 20;

    @TempDir
    static Path server;

    @TempDir
    Path work;

    private static EmbeddedS3 s3;
    private LocationStore store;

    @BeforeAll
    static void start() {
        s3 = new EmbeddedS3(server, 0, "user", "a-long-secret");
        s3.createBuckets("data", "artifacts");
    }

    @AfterAll
    static void stop() {
        s3.close();
    }

    @BeforeEach
    void connect() {
        store = TestStores.s3(s3, work);
    }

    @Test
    void aLargeFileGoesUpInPartsAndComesBackTheSame() throws IOException {
        byte[] bytes = new byte[LARGE];
        new Random(1).nextBytes(bytes);
        Path file = Files.write(work.resolve("large"), bytes);
        store.put("s3://data/large.bin", file);
        Path fetched = store.fetch("s3://data/large.bin");
        assertEquals(-1, Files.mismatch(file, fetched));
        assertEquals("large.bin", fetched.getFileName().toString());
        assertEquals(List.of(new Entry("s3://data/large.bin", LARGE)), below("s3://data", "large.bin"));
    }

    @Test
    void credentialsAreAskedForByTheFirstFileAndNotAtTheDoor() {
        LocationStore gateway = new LocationStore(TestStores.config(work, Map.of("s3.endpoint", s3.endpoint())));
        gateway.check("s3://data/train.csv", "data.train");
        JobException e = assertThrows(JobException.class, () -> gateway.read("s3://data/train.csv"));
        assertEquals(
                "s3://data/train.csv needs credentials; set tenfold.storage.s3.access-key and tenfold.storage.s3.secret-key",
                e.getMessage());
    }

    private List<Entry> below(String bucket, String name) {
        store.put(bucket + "/listed/" + name, store.fetch(bucket + "/" + name));
        List<Entry> entries = store.list(bucket + "/listed");
        store.deleteAll(bucket + "/listed");
        assertEquals(List.of(), store.list(bucket + "/listed"));
        return entries.stream()
                .map(entry -> new Entry(entry.location().replace("/listed", ""), entry.bytes()))
                .toList();
    }

    @Test
    void aDownloadGoesOnWhereItWasCutOff() throws Exception {
        byte[] bytes = new byte[300_000];
        new Random(2).nextBytes(bytes);
        store.put("s3://data/cut.bin", Files.write(work.resolve("cut"), bytes));
        Path half = Files.write(work.resolve("half"), Arrays.copyOf(bytes, 123_456));
        MinioClient client = MinioClient.builder()
                .endpoint(s3.endpoint())
                .region("us-east-1")
                .credentials(s3.accessKey(), s3.secretKey())
                .build();
        String etag = client.statObject(StatObjectArgs.builder()
                        .bucket("data")
                        .object("cut.bin")
                        .build())
                .etag();
        Location.S3 where = new Location.S3("s3://data/cut.bin", "data", "cut.bin");
        new S3Download(client, where, new S3Errors(s3.endpoint()), new Retries(Duration.ofSeconds(5)))
                .to(half, etag, bytes.length);
        assertArrayEquals(bytes, Files.readAllBytes(half));
    }

    @Test
    void theSecondJobDownloadsNothingUntilTheObjectChanges() throws IOException {
        put("s3://data/train.tsv", "one");
        Path first = store.fetch("s3://data/train.tsv");
        var written = Files.getAttribute(first, "unix:ctime");
        Path second = TestStores.s3(s3, work).fetch("s3://data/train.tsv");
        assertEquals(first, second);
        assertEquals(written, Files.getAttribute(second, "unix:ctime"));
        put("s3://data/train.tsv", "two");
        assertEquals("two", Files.readString(store.fetch("s3://data/train.tsv")));
        assertEquals("one", Files.readString(first));
    }

    @Test
    void aFolderBringsTheNamedFilesBeginningsAndTheShardsOfAnIndex() throws IOException {
        put("s3://data/m/config.json", "{}");
        put("s3://data/m/pytorch_model.bin", "pickle");
        put("s3://data/m/model-1.safetensors", "1");
        put("s3://data/m/model-2.safetensors", "2");
        put("s3://data/m/heads/a.safetensors", "a");
        put("s3://data/m/model.safetensors.index.json", """
                {"weight_map": {"x": "model-1.safetensors", "y": "model-2.safetensors", "z": "model-1.safetensors"}}""");
        Path folder = store.fetchFolder(
                "s3://data/m/", List.of("config.json", "model.safetensors.index.json", "vocab.txt", "heads/*"));
        assertEquals("2", Files.readString(folder.resolve("model-2.safetensors")));
        assertEquals("a", Files.readString(folder.resolve("heads/a.safetensors")));
        assertFalse(Files.exists(folder.resolve("pytorch_model.bin")));
        assertFalse(Files.exists(folder.resolve("vocab.txt")));
        store.deleteAll("s3://data/m/model-2.safetensors");
        NotFoundException e = assertThrows(
                NotFoundException.class,
                () -> store.fetchFolder("s3://data/m", List.of("model.safetensors.index.json")));
        assertTrue(String.valueOf(e.getMessage()).contains("model-2.safetensors"));
    }

    @Test
    void aFolderWithNothingInItIsNotThere() {
        assertThrows(NotFoundException.class, () -> store.fetchFolder("s3://data/nobody", List.of("config.json")));
    }

    @Test
    void whatIsMissingWrongOrForbiddenIsToldApart() {
        assertThrows(NotFoundException.class, () -> store.fetch("s3://data/nothing"));
        assertTrue(store.read("s3://data/nothing").isEmpty());
        refused(store, "s3://nobody/x", "no bucket 'nobody'");
        refused(with("s3.secret-key", "another-secret"), "s3://data/x", "tenfold.storage.s3.secret-key");
        refused(with("s3.access-key", "stranger"), "s3://data/x", "tenfold.storage.s3.access-key");
    }

    @Test
    void withoutAnS3StoreTheMessageNamesTheKeysToSet() {
        LocationStore none = TestStores.files(work);
        JobException e = assertThrows(JobException.class, () -> none.check("s3://data/train.tsv", "data.train"));
        assertEquals(ErrorCode.BAD_REQUEST, e.code());
        assertEquals("data.train", e.param());
        assertTrue(e.error().message().contains("tenfold.storage.s3.endpoint"));
        refused(none, "s3://data/x", "tenfold.storage.s3.secret-key");
    }

    @Test
    void aStoreThatDoesNotAnswerIsUnavailableAfterSeveralTries() {
        LocationStore nobody = with("s3.endpoint", "http://127.0.0.1:1");
        JobException e = assertThrows(JobException.class, () -> nobody.fetch("s3://data/x"));
        assertEquals(ErrorCode.UNAVAILABLE, e.code());
        assertTrue(
                e.error().message().matches(".*failed [3-9] times in [1-5] s.*"),
                e.error().message());
    }

    @Test
    void ofManyThatPutIfAbsentOneWins() throws Exception {
        for (int round = 0; round < 5; round++) {
            String location = "s3://artifacts/race-" + round + "/manifest.json";
            CyclicBarrier barrier = new CyclicBarrier(2);
            try (ExecutorService pool = Executors.newFixedThreadPool(2)) {
                Callable<Boolean> one = () -> {
                    barrier.await();
                    return store.putIfAbsent(location, bytes("one"));
                };
                Callable<Boolean> two = () -> {
                    barrier.await();
                    return store.putIfAbsent(location, bytes("two"));
                };
                Future<Boolean> first = pool.submit(one);
                Future<Boolean> second = pool.submit(two);
                assertEquals(1, (first.get() ? 1 : 0) + (second.get() ? 1 : 0));
                assertArrayEquals(
                        bytes(first.get() ? "one" : "two"), store.read(location).orElseThrow());
            }
            assertFalse(store.putIfAbsent(location, bytes("three")));
        }
    }

    @Test
    void whatIsDownloadedPastTheCacheLeavesNothingInIt() throws IOException {
        put("s3://data/once", "content");
        Path target = work.resolve("a/b/once");
        store.download("s3://data/once", target);
        assertEquals("content", Files.readString(target));
        assertFalse(Files.exists(work.resolve(".cache/objects")));
    }

    private LocationStore with(String key, String value) {
        Map<String, String> keys = new HashMap<>(TestStores.keys(s3, work));
        keys.put(key, value);
        return new LocationStore(TestStores.config(work.resolve(".cache"), keys));
    }

    private static void refused(LocationStore store, String location, String wayOut) {
        JobException e = assertThrows(JobException.class, () -> store.fetch(location));
        assertEquals(ErrorCode.BAD_REQUEST, e.code());
        assertTrue(e.error().message().contains(wayOut), e.error().message());
        assertTrue(e.error().message().contains(location), e.error().message());
    }

    private void put(String location, String content) throws IOException {
        store.put(location, Files.writeString(work.resolve("upload"), content));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
