package io.tenfold.jobstate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tenfold.job.CheckpointRef;
import io.tenfold.job.Interruption;
import io.tenfold.job.JobCommand;
import io.tenfold.job.JobDirectory;
import io.tenfold.job.JobDirectory.Standing.Count;
import io.tenfold.job.JobEvent;
import io.tenfold.job.JobIntake;
import io.tenfold.job.JobQueue;
import io.tenfold.job.JobQueue.Claim;
import io.tenfold.job.JobState;
import io.tenfold.job.LeaseLostException;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the queue promises on every database. */
abstract class QueueContract {

    private static final Duration DEAD_FOR_SURE = Duration.ofSeconds(10);

    @Inject
    JobIntake intake;

    @Inject
    JobQueue queue;

    @Inject
    JobDirectory directory;

    @Inject
    JobRows rows;

    @Inject
    Transactions transactions;

    @BeforeEach
    void forgetEverything() {
        transactions.run(() ->
                rows.getEntityManager().createNativeQuery("DELETE FROM job").executeUpdate());
    }

    @Test
    void sixWorkersRunEachOf200JobsOnce() throws Exception {
        for (int i = 0; i < 200; i++) {
            submit("job-" + i);
        }
        ConcurrentLinkedQueue<String> ran = new ConcurrentLinkedQueue<>();
        try (ExecutorService workers = Executors.newFixedThreadPool(6)) {
            List<Future<?>> running = new ArrayList<>();
            for (int worker = 0; worker < 6; worker++) {
                String name = "worker-" + worker;
                running.add(workers.submit(() -> runAll(name, ran)));
            }
            for (Future<?> one : running) {
                one.get();
            }
        }
        assertEquals(200, ran.size());
        assertEquals(200, new HashSet<>(ran).size());
        for (String id : ran) {
            assertEquals(List.of("accepted", "started", "progress", "succeeded"), kinds(id));
        }
    }

    private void runAll(String worker, ConcurrentLinkedQueue<String> ran) {
        for (Optional<Claim> claim = queue.claim(worker); claim.isPresent(); claim = queue.claim(worker)) {
            ran.add(claim.get().jobId());
            try (JobQueue.Sink sink = claim.get().sink()) {
                sink.emit(started());
                sink.emit(progress(1));
                sink.emit(succeeded());
            }
        }
    }

    @Test
    void theHigherPriorityGoesFirstThenTheOlder() {
        submit("old");
        submit("new");
        var urgent = Requests.lora("urgent").put("priority", 5);
        intake.submit(new JobIntake.Submission("urgent", urgent, null));
        assertEquals("urgent", claim("a").jobId());
        assertEquals("old", claim("b").jobId());
        assertEquals("new", claim("c").jobId());
    }

    @Test
    void aStaleFenceChangesNothing() {
        submit("slow");
        Claim first = claim("first");
        first.sink().close();
        Claim second = claimOfDead("second");
        assertEquals(2, second.fence());
        assertThrows(LeaseLostException.class, () -> first.sink().emit(succeeded()));
        assertThrows(LeaseLostException.class, () -> first.sink().emit(progress(1)));
        assertThrows(LeaseLostException.class, first.sink()::renew);
        assertEquals(List.of("accepted"), kinds("slow"));
        assertEquals("second", directory.find("slow").orElseThrow().worker());
        second.sink().emit(succeeded());
        assertEquals(List.of("accepted", "succeeded"), kinds("slow"));
        second.sink().close();
    }

    @Test
    void aWorkerThatLostItsLeaseHearsOfItWithoutWriting() {
        submit("deaf");
        Claim first = claim("first");
        transactions.run(() -> rows.update("fence = fence + 1 where id = 'deaf'"));
        Awaitility.await()
                .atMost(Duration.ofSeconds(5))
                .untilAsserted(() -> assertThrows(LeaseLostException.class, first.sink()::interruption));
        first.sink().close();
    }

    @Test
    void aWorkerThatLivesKeepsItsJobPastTheLease() throws InterruptedException {
        submit("long");
        Claim claim = claim("steady");
        long end = System.nanoTime() + Duration.ofSeconds(4).toNanos();
        while (System.nanoTime() < end) {
            assertEquals(Optional.empty(), queue.claim("thief"));
            Thread.sleep(100);
        }
        claim.sink().emit(succeeded());
        claim.sink().close();
    }

    @Test
    void theThirdDeathWithoutACheckpointIsACrashLoop() {
        submit("crasher");
        claim("w1").sink().close();
        claimOfDead("w2").sink().close();
        Claim third = claimOfDead("w3");
        assertEquals(3, third.fence());
        third.sink().close();
        Awaitility.await().atMost(DEAD_FOR_SURE).until(() -> {
            assertEquals(Optional.empty(), queue.claim("w4"));
            return directory.find("crasher").orElseThrow().state() == JobState.FAILED;
        });
        var terminal = directory.find("crasher").orElseThrow().terminal();
        assertNotNull(terminal);
        assertEquals("crash_loop", terminal.path("error").path("code").asText());
        assertEquals(3, terminal.path("attempt").asInt());
        assertThrows(LeaseLostException.class, () -> third.sink().renew());
    }

    @Test
    void aNewCheckpointStartsTheCountAgainAndTheNextAttemptGetsIt() {
        submit("stubborn");
        claim("w1").sink().close();
        Claim second = claimOfDead("w2");
        second.sink().emit(started());
        second.sink().emit(new JobEvent.Checkpoint(null, 7, "s3://artifacts/step-7", 10, 0.1));
        second.sink().close();
        Claim third = claimOfDead("w3");
        assertEquals(new CheckpointRef(7, "s3://artifacts/step-7"), third.checkpoint());
        third.sink().close();
        Claim fourth = claimOfDead("w4");
        assertEquals(4, fourth.fence());
        fourth.sink().emit(succeeded());
        fourth.sink().close();
    }

    @Test
    void aRunningJobHearsCancelWithinASecondAndStaysCancelled() {
        submit("unwanted");
        Claim claim = claim("w");
        intake.command("unwanted", JobCommand.CANCEL);
        intake.command("unwanted", JobCommand.RESUME);
        Awaitility.await()
                .atMost(Duration.ofSeconds(1))
                .pollInterval(Duration.ofMillis(20))
                .until(() -> claim.sink().interruption() == Interruption.CANCEL);
        claim.sink().emit(new JobEvent.Cancelled(3, null));
        claim.sink().close();
        assertEquals(
                JobState.CANCELLED, directory.find("unwanted").orElseThrow().state());
        assertThrows(IllegalStateException.class, () -> claim.sink().emit(progress(4)));
    }

    @Test
    void aRunningJobPausesAndResumesFromItsCheckpoint() {
        submit("break");
        Claim claim = claim("w");
        intake.command("break", JobCommand.PAUSE);
        Awaitility.await()
                .atMost(Duration.ofSeconds(2))
                .until(() -> claim.sink().interruption() == Interruption.PAUSE);
        claim.sink().emit(new JobEvent.Checkpoint(null, 2, "s3://artifacts/step-2", 10, 0.1));
        claim.sink().emit(new JobEvent.Paused(2, "s3://artifacts/step-2"));
        claim.sink().close();
        assertEquals(Optional.empty(), queue.claim("w"));
        intake.command("break", JobCommand.RESUME);
        Claim again = claim("w");
        assertEquals(new CheckpointRef(2, "s3://artifacts/step-2"), again.checkpoint());
        assertEquals(Interruption.NONE, again.sink().interruption());
        again.sink().close();
    }

    @Test
    void aCancelThatComesWhileTheJobPausesIsCarriedOut() {
        submit("torn");
        Claim claim = pausing("torn");
        intake.command("torn", JobCommand.CANCEL);
        claim.sink().emit(new JobEvent.Paused(1, null));
        claim.sink().close();
        assertEquals(List.of("accepted", "paused", "cancelled"), kinds("torn"));
        assertEquals(JobState.CANCELLED, directory.find("torn").orElseThrow().state());
    }

    @Test
    void aResumeThatComesWhileTheJobPausesPutsItBackInTheQueue() {
        submit("hasty");
        Claim claim = pausing("hasty");
        intake.command("hasty", JobCommand.RESUME);
        claim.sink().emit(new JobEvent.Paused(1, null));
        claim.sink().close();
        assertEquals(2, claim("next").fence());
    }

    /** A claim whose attempt has heard the pause and not yet told that it stopped. */
    private Claim pausing(String id) {
        Claim claim = claim("w");
        intake.command(id, JobCommand.PAUSE);
        Awaitility.await()
                .atMost(Duration.ofSeconds(2))
                .until(() -> claim.sink().interruption() == Interruption.PAUSE);
        return claim;
    }

    @Test
    void aJobThatIsHandedOverWhileCancelIsAskedNeedsNoWorkerToEnd() {
        submit("late");
        Claim claim = claim("w");
        intake.command("late", JobCommand.CANCEL);
        claim.sink().requestHandOver();
        claim.sink().emit(new JobEvent.HandedOver(1, null));
        claim.sink().close();
        assertEquals(List.of("accepted", "handed_over", "cancelled"), kinds("late"));
        assertEquals(Optional.empty(), queue.claim("w"));
    }

    @Test
    void aJobThatIsHandedOverWaitsAgainAtOnce() {
        submit("mover");
        Claim claim = claim("old");
        claim.sink().requestHandOver();
        assertEquals(Interruption.HAND_OVER, claim.sink().interruption());
        claim.sink().emit(new JobEvent.HandedOver(1, null));
        claim.sink().close();
        assertEquals(2, claim("new").fence());
    }

    @Test
    void aJobThatIsHandedBackGoesOnFromItsCheckpointAndDiedNotOnce() {
        submit("slow-stop");
        for (int drain = 1; drain <= 4; drain++) {
            Claim claim = claim("w" + drain);
            if (drain == 1) {
                claim.sink().emit(new JobEvent.Checkpoint(null, 7, "s3://artifacts/step-7", 10, 0.1));
            }
            claim.sink().handBack();
            assertThrows(LeaseLostException.class, () -> claim.sink().emit(succeeded()));
            claim.sink().close();
        }
        Claim last = claim("patient");
        assertEquals(new CheckpointRef(7, "s3://artifacts/step-7"), last.checkpoint());
        last.sink().close();
        assertEquals(
                List.of("accepted", "checkpoint", "handed_over", "handed_over", "handed_over", "handed_over"),
                kinds("slow-stop"));
    }

    @Test
    void aJobThatEndedOrWentToAnotherIsNotHandedBack() {
        submit("ended");
        Claim claim = claim("w");
        claim.sink().emit(succeeded());
        claim.sink().handBack();
        claim.sink().close();
        submit("stolen");
        Claim slow = claim("slow");
        slow.sink().close();
        claimOfDead("thief").sink().close();
        slow.sink().handBack();
        assertEquals(List.of("accepted", "succeeded"), kinds("ended"));
        assertEquals(List.of("accepted"), kinds("stolen"));
    }

    @Test
    void secondsOnADeviceAddUpOverAttemptsAndWaitingIsFree() throws InterruptedException {
        submit("dear");
        Claim first = claim("w1");
        first.sink().emit(started());
        Thread.sleep(400);
        first.sink().emit(new JobEvent.HandedOver(1, null));
        first.sink().close();
        Thread.sleep(1_500);
        Claim second = claim("w2");
        Thread.sleep(300);
        intake.command("dear", JobCommand.PAUSE);
        second.sink().emit(new JobEvent.Paused(1, null));
        second.sink().close();
        Thread.sleep(1_500);
        intake.command("dear", JobCommand.RESUME);
        Claim third = claim("w3");
        third.sink().emit(succeeded());
        third.sink().close();
        double seconds = deviceSeconds("dear");
        assertTrue(seconds >= 0.7 && seconds < 2.2, () -> "held for " + seconds);
    }

    @Test
    void anAttemptThatDiedCountsUntilItLastSaidThatItLived() throws InterruptedException {
        submit("mortal");
        Claim first = claim("w1");
        Thread.sleep(1_000);
        first.sink().close();
        Claim second = claimOfDead("w2");
        second.sink().emit(new JobEvent.Cancelled(0, null));
        second.sink().close();
        double seconds = deviceSeconds("mortal");
        assertTrue(seconds >= 0.5 && seconds < 1.9, () -> "held for " + seconds);
    }

    private double deviceSeconds(String id) {
        var terminal = directory.find(id).orElseThrow().terminal();
        assertNotNull(terminal);
        assertFalse(terminal.has("cost"), "there is no price");
        return terminal.path("device_seconds").asDouble();
    }

    @Test
    void whatWaitsAndRunsIsCounted() throws InterruptedException {
        submit("runs");
        Claim claim = claim("w");
        submit("waits");
        submit("waits-too");
        intake.command("waits-too", JobCommand.PAUSE);
        Thread.sleep(100);
        var standing = directory.standing();
        assertEquals(
                Set.of(
                        new Count(JobState.RUNNING, "lora", 1),
                        new Count(JobState.QUEUED, "lora", 1),
                        new Count(JobState.PAUSED, "lora", 1)),
                Set.copyOf(standing.jobs()));
        assertEquals(4, standing.unpublished());
        assertTrue(standing.oldestUnpublishedSeconds() >= standing.oldestQueuedSeconds());
        assertTrue(standing.oldestQueuedSeconds() > 0.05 && standing.oldestQueuedSeconds() < 60);
        assertEquals(0, standing.overdueLeases());
        claim.sink().close();
        Awaitility.await()
                .atMost(DEAD_FOR_SURE)
                .until(() -> directory.standing().overdueLeases() == 1);
    }

    void submit(String id) {
        var outcome = intake.submit(new JobIntake.Submission(id, Requests.lora(id), null));
        assertEquals(new JobIntake.Outcome.Accepted(id), outcome);
    }

    private Claim claim(String worker) {
        return queue.claim(worker).orElseThrow();
    }

    private Claim claimOfDead(String worker) {
        return Awaitility.await()
                .atMost(DEAD_FOR_SURE)
                .until(() -> queue.claim(worker), Optional::isPresent)
                .orElseThrow();
    }

    /** The kinds of a job's events; their numbers must be 1, 2, 3 … */
    private List<String> kinds(String id) {
        var events = directory.events(id, 0, 1_000);
        for (int i = 0; i < events.size(); i++) {
            assertEquals(id + "/" + (i + 1), events.get(i).id());
            assertTrue(events.get(i).data().path("at").isTextual());
        }
        return events.stream()
                .map(event -> io.tenfold.job.CloudEvent.kind(event.type()))
                .toList();
    }

    static JobEvent started() {
        return new JobEvent.Started("cpu", "fp32", 0, "w");
    }

    static JobEvent progress(long step) {
        return new JobEvent.Progress(null, step, 10, 0.1, 10, 0.5, 1e-4, 1, 100, 1000, 9, 1_000_000);
    }

    static JobEvent succeeded() {
        return new JobEvent.Succeeded(
                "s3://artifacts/a",
                "00",
                1,
                1,
                1,
                1,
                java.util.Map.of("accuracy", 0.9),
                1,
                1,
                java.util.Map.of("total", 1.0),
                1);
    }
}
