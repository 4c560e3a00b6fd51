package io.tenfold.worker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.tenfold.job.CloudEvent;
import io.tenfold.job.Interruption;
import io.tenfold.job.JobCommand;
import io.tenfold.job.JobDirectory;
import io.tenfold.job.JobEvent;
import io.tenfold.job.JobIntake;
import io.tenfold.job.JobQueue;
import io.tenfold.job.JobState;
import io.tenfold.job.JobsWait;
import io.tenfold.job.ProgressSink;
import io.tenfold.jobstate.Databases;
import io.tenfold.jobstate.Requests;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.function.BiConsumer;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The loop on the real queue; what a job does in each attempt is the test's. */
@QuarkusTest
@TestProfile(Databases.OnH2.class)
class RunnerLoopTest {

    @Inject
    JobQueue queue;

    @Inject
    JobIntake intake;

    @Inject
    JobDirectory directory;

    @Inject
    WorkerConfig config;

    private @Nullable RunnerLoop loop;

    @AfterEach
    void stop() {
        running().stop(new ShutdownEvent());
    }

    private RunnerLoop running() {
        return Objects.requireNonNull(loop);
    }

    @Test
    void aJobThatRunsWhenTheProgramStopsIsHandedOverAndWaitsAgain() {
        begin((attempt, sink) -> {
            sink.emit(new JobEvent.Started("cpu", "fp32", 0, attempt.worker()));
            while (sink.interruption() != Interruption.HAND_OVER) {
                Thread.onSpinWait();
            }
            sink.emit(new JobEvent.HandedOver(4, null));
        });
        submit("handed");
        await("handed", JobState.RUNNING);
        Awaitility.await().until(() -> kinds("handed").size() == 2);
        long before = System.nanoTime();
        running().stop(new ShutdownEvent());
        assertTrue(System.nanoTime() - before < Duration.ofSeconds(5).toNanos());
        var job = directory.find("handed").orElseThrow();
        assertEquals(JobState.QUEUED, job.state());
        assertNull(job.worker());
        assertEquals(List.of("accepted", "started", "handed_over"), kinds("handed"));
        intake.command("handed", JobCommand.CANCEL);
    }

    @Test
    void whatEscapesTheRunnerFailsTheJobAsAMistakeOfOurs() {
        begin((attempt, sink) -> {
            throw new IllegalStateException("a mistake");
        });
        submit("mistaken");
        await("mistaken", JobState.FAILED);
        var end =
                Objects.requireNonNull(directory.find("mistaken").orElseThrow().terminal());
        assertEquals("internal", end.path("error").path("code").asText());
        submit("next");
        await("next", JobState.FAILED);
    }

    @Test
    void anAttemptThatSaysNothingAtItsEndFails() {
        begin((attempt, sink) -> {});
        submit("silent");
        await("silent", JobState.FAILED);
        assertEquals(List.of("accepted", "failed"), kinds("silent"));
    }

    private void begin(BiConsumer<Attempt, ProgressSink> work) {
        RunnerLoop started = new RunnerLoop(queue, work, config, true);
        started.start(new StartupEvent());
        loop = started;
    }

    private void submit(String id) {
        intake.submit(new JobIntake.Submission(id, Requests.lora(id), null));
        running().jobsWait(new JobsWait());
    }

    private void await(String id, JobState state) {
        Awaitility.await()
                .atMost(Duration.ofSeconds(20))
                .until(() -> directory.find(id).orElseThrow().state() == state);
    }

    private List<String> kinds(String id) {
        return directory.events(id, 0, 10).stream()
                .map(event -> CloudEvent.kind(event.type()))
                .toList();
    }
}
