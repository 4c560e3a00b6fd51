package io.tenfold.checkpoint;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tenfold.checkpoint.ArtifactPublisher.Published;
import io.tenfold.contract.Contract;
import io.tenfold.job.CanonicalJson;
import io.tenfold.job.CheckpointRef;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import io.tenfold.job.LeaseLostException;
import io.tenfold.localstack.EmbeddedS3;
import io.tenfold.storage.LocationStore;
import io.tenfold.storage.TestStores;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PublishingTest {

    private static final String HASH = "0a".repeat(32);

    @TempDir
    static Path server;

    @TempDir
    Path work;

    private static EmbeddedS3 s3;
    private LocationStore store;
    private Path folder;

    /** The lease is still ours. */
    private static void held() {}

    @BeforeAll
    static void start() {
        s3 = new EmbeddedS3(server, 0, "user", "a-long-secret");
        s3.createBuckets("artifacts");
    }

    @AfterAll
    static void stop() {
        s3.close();
    }

    @BeforeEach
    void files() throws IOException {
        store = TestStores.s3(s3, work);
        store.deleteAll("s3://artifacts/job");
        folder = Files.createDirectories(work.resolve("artifact/adapters/a"))
                .resolve("../..")
                .normalize();
        Files.writeString(folder.resolve("adapter_config.json"), "{}");
        Files.writeString(folder.resolve("adapters/a/adapter_model.safetensors"), "weights");
    }

    private String output(String scheme) {
        return scheme.equals("s3") ? "s3://artifacts/job" : "file:" + work.resolve("job");
    }

    @ParameterizedTest
    @ValueSource(strings = {"s3", "file"})
    void anArtifactIsItsAttemptsFilesAndOneManifest(String scheme) throws IOException {
        String output = output(scheme);
        Published published =
                new ArtifactPublisher(store).publish(output, "job", HASH, 2, folder, PublishingTest::held);
        assertEquals(output + "/attempt-2", published.artifactUri());
        assertEquals(9, published.bytes());
        byte[] json = store.read(output + "/manifest.json").orElseThrow();
        assertEquals(CanonicalJson.sha256(json), published.manifestSha256());
        assertEquals(published.manifest(), Manifest.parse(json, output));
        for (String uri : List.of(output, output + "/", output + "/attempt-2")) {
            Manifest.Resolved resolved = Manifest.resolve(store, uri);
            assertEquals(output + "/attempt-2", resolved.folder());
            assertEquals(published.manifest(), resolved.manifest());
        }
        Path fetched = store.fetchFolder(output + "/attempt-2", List.of("*"));
        published.manifest().verify(fetched, output);
        assertEquals("weights", Files.readString(fetched.resolve("adapters/a/adapter_model.safetensors")));
    }

    @Test
    void aFlatFolderWithoutManifestIsResolvedToItself() {
        Manifest.Resolved resolved = Manifest.resolve(store, "s3://artifacts/elsewhere");
        assertEquals("s3://artifacts/elsewhere", resolved.folder());
        assertNull(resolved.manifest());
    }

    @Test
    void theSameJobAdoptsWhatItsEarlierAttemptPublished() {
        ArtifactPublisher publisher = new ArtifactPublisher(store);
        assertTrue(publisher.find(output("s3"), "job", HASH).isEmpty());
        Published first = publisher.publish(output("s3"), "job", HASH, 1, folder, PublishingTest::held);
        Published second = publisher.publish(output("s3"), "job", HASH, 2, folder, PublishingTest::held);
        assertTrue(second.adopted());
        assertEquals(first.artifactUri(), second.artifactUri());
        assertEquals(first.manifestSha256(), second.manifestSha256());
        assertEquals(List.of(), store.list(output("s3") + "/attempt-2"));
    }

    @Test
    void anotherJobsOutputIsRefusedByName() {
        ArtifactPublisher publisher = new ArtifactPublisher(store);
        publisher.publish(output("s3"), "job", HASH, 1, folder, PublishingTest::held);
        JobException e = assertThrows(JobException.class, () -> publisher.find(output("s3"), "other", HASH));
        assertEquals(ErrorCode.CONFLICT, e.code());
        assertEquals("output", e.param());
        assertTrue(
                e.error().message().contains("job job; choose another output"),
                e.error().message());
        assertThrows(JobException.class, () -> publisher.find(output("s3"), "job", "x".repeat(64)));
    }

    @Test
    void whoLostTheLeasePublishesNothing() {
        ArtifactPublisher publisher = new ArtifactPublisher(store);
        Runnable lost = () -> {
            throw new LeaseLostException("job", 1);
        };
        assertThrows(LeaseLostException.class, () -> publisher.publish(output("s3"), "job", HASH, 1, folder, lost));
        assertTrue(publisher.find(output("s3"), "job", HASH).isEmpty());
    }

    @Test
    void whatADeadRunLeftUnderTheSameAttemptIsNotPartOfTheArtifact() throws IOException {
        store.put(output("s3") + "/attempt-1/stale.bin", Files.writeString(work.resolve("stale"), "stale"));
        new ArtifactPublisher(store).publish(output("s3"), "job", HASH, 1, folder, PublishingTest::held);
        assertEquals(2, store.list(output("s3") + "/attempt-1").size());
    }

    @Test
    void aFileThatChangedSinceIsFoundByItsChecksum() throws IOException {
        Published published =
                new ArtifactPublisher(store).publish(output("s3"), "job", HASH, 1, folder, PublishingTest::held);
        Files.writeString(folder.resolve("adapter_config.json"), "[]");
        JobException e =
                assertThrows(JobException.class, () -> published.manifest().verify(folder, output("s3")));
        assertEquals(ErrorCode.BAD_MODEL, e.code());
        assertTrue(
                e.error().message().contains("adapter_config.json is damaged"),
                e.error().message());
    }

    @Test
    void aManifestThatNamesFilesElsewhereIsRefused() {
        String json = """
                {"format": 1, "kind": "artifact", "job_id": "j", "request_sha256": "", "attempt": 1, "created": "",
                 "files": [{"name": "../../etc/passwd", "bytes": 1, "sha256": "%s"}]}""".formatted("0".repeat(64));
        JobException e = assertThrows(
                JobException.class,
                () -> Manifest.parse(json.getBytes(java.nio.charset.StandardCharsets.UTF_8), "s3://a/manifest.json"));
        assertEquals(ErrorCode.BAD_MODEL, e.code());
    }

    @ParameterizedTest
    @ValueSource(strings = {"s3", "file"})
    void aCheckpointComesBackWholeOrNotAtAll(String scheme) throws IOException {
        CheckpointStore checkpoints = new CheckpointStore(store);
        String output = output(scheme);
        CheckpointRef ref =
                checkpoints.save(output, "job", HASH, 3, 500, folder).ref();
        assertEquals(output + "/checkpoints/step-500-attempt-3", ref.uri());
        checkpoints.save(output, "job", HASH, 3, 500, folder);
        Path target = work.resolve("resumed");
        assertEquals("job", checkpoints.fetch(ref.uri(), "job", HASH, target).jobId());
        assertEquals("weights", Files.readString(target.resolve("adapters/a/adapter_model.safetensors")));
        assertFalse(Files.exists(work.resolve(".cache/objects")));
        store.put(ref.uri() + "/adapter_config.json", Files.writeString(work.resolve("bad"), "[]"));
        refused(checkpoints, ref.uri(), "adapter_config.json is damaged");
        store.deleteAll(ref.uri() + "/adapter_config.json");
        refused(checkpoints, ref.uri(), "adapter_config.json is missing");
        store.deleteAll(ref.uri() + "/manifest.json");
        refused(checkpoints, ref.uri(), "no complete checkpoint");
    }

    @Test
    void aCheckpointThatIsSavedAgainIsNeverWithoutItsManifest() throws IOException {
        CheckpointStore checkpoints = new CheckpointStore(store);
        String uri = checkpoints
                .save(output("s3"), "job", HASH, 3, 500, folder)
                .ref()
                .uri();
        byte[] manifest = store.read(uri + "/manifest.json").orElseThrow();
        checkpoints.save(output("s3"), "job", HASH, 3, 500, folder);
        assertArrayEquals(manifest, store.read(uri + "/manifest.json").orElseThrow());
        Files.writeString(folder.resolve("adapter_config.json"), "[1]");
        checkpoints.save(output("s3"), "next", HASH, 3, 500, folder);
        assertEquals(
                "next",
                checkpoints.fetch(uri, "next", HASH, work.resolve("next")).jobId());
    }

    @ParameterizedTest
    @ValueSource(strings = {"s3", "file"})
    void aCheckpointOfAnotherJobOrRequestIsRefused(String scheme) {
        CheckpointStore checkpoints = new CheckpointStore(store);
        String job = checkpoints
                .save(output(scheme), "other", HASH, 1, 5, folder)
                .ref()
                .uri();
        refused(checkpoints, job, "a checkpoint of job other");
        String request = checkpoints
                .save(output(scheme), "job", "x".repeat(64), 1, 6, folder)
                .ref()
                .uri();
        refused(checkpoints, request, "another request of this job");
    }

    @ParameterizedTest
    @ValueSource(strings = {"s3", "file"})
    void anOutputHasOneOwnerUntilItIsReleased(String scheme) {
        String output = output(scheme);
        OutputOwner first = new OutputOwner(store, output, "job", HASH);
        OutputOwner second = new OutputOwner(store, output, "other", HASH);
        Instant started = first.claim();
        byte[] written = store.read(output + "/owner.json").orElseThrow();
        assertEquals(
                List.of(),
                Contract.errors("owner.schema.json", Contract.json(new String(written, StandardCharsets.UTF_8))));
        assertEquals(started, new OutputOwner(store, output, "job", HASH).claim());
        JobException e = assertThrows(JobException.class, second::claim);
        assertEquals(ErrorCode.CONFLICT, e.code());
        assertTrue(
                e.error().message().contains("of job job; choose another one"),
                e.error().message());
        assertThrows(JobException.class, () -> new OutputOwner(store, output, "job", "x".repeat(64)).claim());
        second.release();
        assertThrows(JobException.class, second::claim);
        first.release();
        second.claim();
    }

    private void refused(CheckpointStore checkpoints, String uri, String why) {
        JobException e =
                assertThrows(JobException.class, () -> checkpoints.fetch(uri, "job", HASH, work.resolve("again")));
        assertEquals(ErrorCode.BAD_MODEL, e.code());
        assertTrue(e.error().message().contains(why), e.error().message());
    }

    @ParameterizedTest
    @ValueSource(strings = {"s3", "file"})
    void pruningKeepsTheNewestAndTheBest(String scheme) throws IOException {
        CheckpointStore checkpoints = new CheckpointStore(store);
        String output = output(scheme);
        for (long step : List.of(100L, 200L, 300L)) {
            checkpoints.save(output, "job", HASH, 1, step, folder);
        }
        checkpoints.save(output, "job", HASH, 2, 150, folder);
        store.put(CheckpointStore.uri(output, 400, 1) + "/half", folder.resolve("adapter_config.json"));
        String best = CheckpointStore.uri(output, 100, 1);
        List<String> removed = checkpoints.prune(output, 2, 2, Set.of(best));
        assertEquals(3, removed.size());
        assertEquals(
                List.of(CheckpointStore.uri(output, 150, 2), best),
                checkpoints.list(output).stream()
                        .map(saved -> saved.ref().uri())
                        .toList());
        assertEquals(6, store.list(output + "/checkpoints").size());
        assertEquals(List.of(), checkpoints.prune(output, 2, 2, Set.of(best)));
    }
}
