package io.tenfold.storage;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tenfold.job.ArtifactStore.NotFoundException;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import io.tenfold.storage.HubServer.Trouble;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HubTest {

    @TempDir
    Path work;

    private HubServer hub;
    private LocationStore store;
    private final byte[] weights = new byte[200_000];

    @BeforeEach
    void start() throws IOException {
        hub = new HubServer();
        new Random(3).nextBytes(weights);
        hub.add("config.json", "{}".getBytes(StandardCharsets.UTF_8));
        hub.add("model.safetensors", weights);
        hub.add("data/train.csv", "text,label\n".getBytes(StandardCharsets.UTF_8));
        store = connect(Map.of());
    }

    @AfterEach
    void stop() {
        hub.close();
    }

    private LocationStore connect(Map<String, String> keys) {
        Map<String, String> whole = new HashMap<>(keys);
        whole.put("hub.endpoint", hub.endpoint());
        return new LocationStore(TestStores.config(work, whole));
    }

    @Test
    void aModelComesThroughARedirectWithItsChecksum() throws IOException {
        Path folder = store.fetchFolder("hf://org/name", List.of("config.json", "model.*", "vocab.txt"));
        assertArrayEquals(weights, Files.readAllBytes(folder.resolve("model.safetensors")));
        assertEquals("{}", Files.readString(folder.resolve("config.json")));
        assertFalse(Files.exists(folder.resolve("vocab.txt")));
    }

    @Test
    void aCommitIsAskedForOnceAndABranchOnlyForItsCommit() {
        store.fetchFolder("hf://org/name@" + HubServer.COMMIT, List.of("model.safetensors"));
        hub.requests.clear();
        store.fetchFolder("hf://org/name@" + HubServer.COMMIT, List.of("model.safetensors"));
        assertEquals(List.of(), hub.requests);
        store.fetchFolder("hf://org/name", List.of("model.safetensors"));
        assertEquals(List.of("/api/models/org/name/revision/main"), hub.requests);
    }

    @Test
    void aRowFileOfADatasetIsFetchedByItsPath() throws IOException {
        assertEquals("text,label\n", Files.readString(store.fetch("hf://datasets/org/name@v1/data/train.csv")));
        assertEquals("/datasets/org/name/resolve/" + HubServer.COMMIT + "/data/train.csv", hub.requests.getLast());
    }

    @Test
    void aRenamedRepositoryIsFollowed() {
        assertEquals(3, store.list("hf://old/name").size());
    }

    @Test
    void aBodyThatWasCutOffGoesOnWhereItEnded() throws IOException {
        hub.next(Trouble.CUT_OFF);
        Path file = store.fetch("hf://org/name/model.safetensors");
        assertArrayEquals(weights, Files.readAllBytes(file));
        assertTrue(hub.requests.getLast().startsWith("/cdn/model.safetensors bytes="), hub.requests.toString());
    }

    @Test
    void aBusyHubIsAskedAgain() throws IOException {
        hub.next(Trouble.BUSY);
        assertArrayEquals(weights, Files.readAllBytes(store.fetch("hf://org/name/model.safetensors")));
    }

    @Test
    void aDamagedFileIsFetchedAnewAndGivenUpAfterThree() throws IOException {
        hub.next(Trouble.DAMAGED);
        assertArrayEquals(weights, Files.readAllBytes(store.fetch("hf://org/name/model.safetensors")));
        hub.next(Trouble.DAMAGED, Trouble.DAMAGED, Trouble.DAMAGED);
        JobException e = assertThrows(JobException.class, () -> store.fetch("hf://org/name/config.json"));
        assertEquals(ErrorCode.UNAVAILABLE, e.code());
        assertTrue(e.error().message().contains("Git checksum"), e.error().message());
        assertEquals("{}", Files.readString(store.fetch("hf://org/name/config.json")));
    }

    @Test
    void theTokenGoesToTheHubAndNotToWhereItRedirects() {
        hub.neededToken = "hf_secret";
        refused(store, "hf://org/name/model.safetensors", "tenfold.storage.hub.token");
        refused(connect(Map.of("hub.token", "hf_other")), "hf://org/name/model.safetensors", "no access");
        connect(Map.of("hub.token", "hf_secret")).fetch("hf://org/name/model.safetensors");
        assertTrue(hub.requests.contains("/cdn/model.safetensors"));
        assertNull(hub.leakedToken);
    }

    @Test
    void whatIsMissingIsToldApart() {
        refused(store, "hf://org/nobody/config.json", "does not exist or is private");
        refused(store, "hf://org/name@v9/config.json", "no revision 'v9'");
        assertThrows(NotFoundException.class, () -> store.fetch("hf://org/name/nothing.json"));
        assertTrue(store.read("hf://org/name/nothing.json").isEmpty());
    }

    @Test
    void namesThatLeaveTheRepositoryAreNotFollowed() {
        hub.add("../../escaped", weights);
        Path folder = store.fetchFolder("hf://org/name", List.of("*"));
        assertFalse(Files.exists(folder.resolve("../../escaped")));
        assertEquals(3, store.list("hf://org/name").size());
    }

    @Test
    void theHubIsOnlyRead() {
        assertThrows(JobException.class, () -> store.put("hf://org/name/x", work.resolve("x")));
        JobException e = assertThrows(JobException.class, () -> store.check("hf://org/name", "output"));
        assertEquals(ErrorCode.BAD_REQUEST, e.code());
    }

    private static void refused(LocationStore store, String location, String wayOut) {
        JobException e = assertThrows(JobException.class, () -> store.fetch(location));
        assertEquals(ErrorCode.BAD_REQUEST, e.code());
        assertTrue(e.error().message().contains(wayOut), e.error().message());
    }
}
