package io.tenfold.jobstate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tenfold.job.CloudEvent;
import io.tenfold.job.EventOutbox;
import io.tenfold.job.JobCommand;
import io.tenfold.job.JobDirectory;
import io.tenfold.job.JobException;
import io.tenfold.job.JobIntake;
import io.tenfold.job.JobIntake.Outcome;
import io.tenfold.job.JobIntake.Submission;
import io.tenfold.job.JobQueue;
import io.tenfold.job.JobState;
import io.tenfold.job.TraceContext;
import jakarta.inject.Inject;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the door, the outbox and the reading side promise on every database. */
abstract class DoorContract {

    @Inject
    JobIntake intake;

    @Inject
    JobQueue queue;

    @Inject
    JobDirectory directory;

    @Inject
    EventOutbox outbox;

    @Inject
    Retention retention;

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
    void theSameRequestAHundredTimesIsOneJob() throws Exception {
        List<Callable<Outcome>> submissions = IntStream.range(0, 100)
                .mapToObj(i -> (Callable<Outcome>) () -> submit("one"))
                .toList();
        List<Outcome> outcomes = allAtOnce(submissions);
        assertEquals(
                1, outcomes.stream().filter(new Outcome.Accepted("one")::equals).count());
        assertEquals(
                99, outcomes.stream().filter(new Outcome.Known("one")::equals).count());
        assertEquals(List.of("accepted"), kinds("one"));
    }

    @Test
    void anotherBodyIsAConflictAndChangesNothing() {
        submit("taken");
        var other = Requests.lora("taken").put("priority", 3);
        var outcome = intake.submit(new Submission("taken", other, null));
        String message =
                assertInstanceOf(Outcome.Conflict.class, outcome).error().message();
        assertTrue(message.contains("taken") && message.contains("use another id"), message);
        assertEquals(0, directory.find("taken").orElseThrow().priority());
        assertEquals(List.of("accepted"), kinds("taken"));
    }

    @Test
    void theSameNumbersInAnotherSpellingAreTheSameBody() {
        submit("spelling");
        var body = Requests.json(Requests.lora("spelling").toString().replace("\"epochs\":1", "\"epochs\":1.0"));
        assertEquals(new Outcome.Known("spelling"), intake.submit(new Submission("spelling", body, null)));
    }

    @Test
    void aWrongRequestIsRejectedWithEveryErrorAtOnce() {
        var body = Requests.lora("wrong").put("modle", "x").put("priority", "high");
        assertInstanceOf(Outcome.Rejected.class, intake.submit(new Submission("wrong", body, null)));
        var job = directory.find("wrong").orElseThrow();
        assertEquals(JobState.REJECTED, job.state());
        assertEquals(List.of("rejected"), kinds("wrong"));
        assertEquals(
                2,
                java.util.Objects.requireNonNull(job.terminal()).path("errors").size());
    }

    @Test
    void aRequestOfFiveMegabytesIsRejectedInWords() {
        var body = Requests.lora("huge");
        body.putObject("metadata").put("essay", "x".repeat(5_000_000));
        assertInstanceOf(Outcome.Rejected.class, intake.submit(new Submission("huge", body, null)));
        var job = directory.find("huge").orElseThrow();
        assertTrue(java.util.Objects.requireNonNull(job.terminal()).toString().contains("at most 1000000"));
        assertTrue(java.util.Objects.requireNonNull(job.request()).toString().length() < 100);
    }

    @Test
    void aRequestThatIsTooDeepIsRejectedAndNotKept() {
        var body = Requests.lora("deep");
        var inner = body.putObject("metadata");
        for (int level = 3; level <= 100; level++) {
            inner = inner.putObject("m");
        }
        assertInstanceOf(Outcome.Accepted.class, intake.submit(new Submission("deep", body.deepCopy(), null)));
        inner.putObject("m");
        assertInstanceOf(
                Outcome.Rejected.class, intake.submit(new Submission("deeper", body.put("id", "deeper"), null)));
        var job = directory.find("deeper").orElseThrow();
        assertTrue(java.util.Objects.requireNonNull(job.terminal()).toString().contains("more than 100 levels"));
        assertEquals("{\"id\":\"deeper\"}", String.valueOf(job.request()));
    }

    @Test
    void anExpressionOfAHundredThousandParenthesesIsRejectedInWords() {
        var body = Requests.lora("parentheses");
        body.putObject("method").put("name", "lora").put("target_modules", "(".repeat(100_000));
        assertInstanceOf(Outcome.Rejected.class, intake.submit(new Submission("parentheses", body, null)));
        var job = directory.find("parentheses").orElseThrow();
        String errors = java.util.Objects.requireNonNull(job.terminal()).toString();
        assertTrue(errors.contains("it has 100000 characters; give at most 500") && errors.length() < 1_000, errors);
    }

    @Test
    void aListReadsNoRequests() {
        submit("listed");
        assertNull(directory
                .list(new JobDirectory.Filter(null, null, 3, null))
                .jobs()
                .getFirst()
                .request());
        assertEquals(
                Requests.lora("listed"), directory.find("listed").orElseThrow().request());
        transactions.run(
                () -> assertFalse(org.hibernate.Hibernate.isPropertyInitialized(rows.findById("listed"), "request")));
    }

    @Test
    void anIdThatNoColumnTakesIsRefused() {
        assertThrows(JobException.class, () -> intake.submit(new Submission("nul\0", Requests.lora("x"), null)));
        assertThrows(JobException.class, () -> submit("x".repeat(201)));
        assertThrows(JobException.class, () -> intake.command("", JobCommand.CANCEL));
    }

    @Test
    void queuedAheadCountsWhatRunsEarlier() {
        submit("first");
        submit("second");
        assertEquals(
                0,
                directory
                        .events("first", 0, 1)
                        .getFirst()
                        .data()
                        .path("queued_ahead")
                        .asInt());
        assertEquals(
                1,
                directory
                        .events("second", 0, 1)
                        .getFirst()
                        .data()
                        .path("queued_ahead")
                        .asInt());
    }

    @Test
    void aQueuedJobIsCancelledWithoutARunner() {
        submit("never");
        intake.command("never", JobCommand.CANCEL);
        assertEquals(List.of("accepted", "cancelled"), kinds("never"));
        assertEquals(JobState.CANCELLED, directory.find("never").orElseThrow().state());
        intake.command("never", JobCommand.RESUME);
        assertTrue(queue.claim("w").isEmpty());
    }

    @Test
    void aCommandWaitsForItsJob() {
        intake.command("later", JobCommand.CANCEL);
        submit("later");
        assertEquals(List.of("accepted", "cancelled"), kinds("later"));
    }

    @Test
    void aCancelThatWaitsForItsJobStands() {
        intake.command("doomed", JobCommand.CANCEL);
        intake.command("doomed", JobCommand.PAUSE);
        intake.command("doomed", JobCommand.RESUME);
        submit("doomed");
        assertEquals(List.of("accepted", "cancelled"), kinds("doomed"));
    }

    @Test
    void aPausedJobResumesOrIsCancelled() {
        submit("pause");
        intake.command("pause", JobCommand.PAUSE);
        assertEquals(JobState.PAUSED, directory.find("pause").orElseThrow().state());
        assertTrue(queue.claim("w").isEmpty());
        intake.command("pause", JobCommand.RESUME);
        assertEquals(JobState.QUEUED, directory.find("pause").orElseThrow().state());
        intake.command("pause", JobCommand.PAUSE);
        intake.command("pause", JobCommand.CANCEL);
        assertEquals(List.of("accepted", "paused", "paused", "cancelled"), kinds("pause"));
    }

    @Test
    void aCommandThatRacesItsRequestIsNeverLost() throws Exception {
        List<Callable<Boolean>> both = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            String id = "race-" + i;
            both.add(() -> submit(id) != null);
            both.add(() -> {
                intake.command(id, JobCommand.CANCEL);
                return true;
            });
        }
        allAtOnce(both);
        for (int i = 0; i < 60; i++) {
            assertEquals(List.of("accepted", "cancelled"), kinds("race-" + i));
        }
    }

    @Test
    void eventsThatWereNotMarkedComeAgainInOrder() {
        story("repeat", 5);
        List<String> seen = new ArrayList<>();
        outbox.publish(stories -> stories.stream().map(story -> 3).toList());
        assertThrows(
                IllegalStateException.class,
                () -> outbox.publish(stories -> {
                    stories.getFirst()
                            .forEach(waiting -> seen.add(waiting.event().id()));
                    throw new IllegalStateException("the process dies after the broker took the events");
                }));
        outbox.publish(stories -> {
            stories.getFirst().forEach(waiting -> seen.add(waiting.event().id()));
            return List.of(stories.getFirst().size());
        });
        List<String> rest =
                LongStream.rangeClosed(4, 7).mapToObj(seq -> "repeat/" + seq).toList();
        List<String> twice = new ArrayList<>(rest);
        twice.addAll(rest);
        assertEquals(twice, seen);
        assertEquals(0, outbox.publish(stories -> List.of()));
    }

    @Test
    void aJobWhoseEventsNobodyTakesHidesNoOther() {
        story("poison", 600);
        submit("well");
        List<String> seen = new ArrayList<>();
        outbox.publish(stories -> stories.stream()
                .map(story -> {
                    boolean poison = story.getFirst().event().subject().equals("poison");
                    story.forEach(waiting -> seen.add(waiting.event().id()));
                    return poison ? 0 : story.size();
                })
                .toList());
        assertTrue(seen.contains("well/1"), "only events of " + seen.getFirst());
    }

    @Test
    void fourRelaysKeepEveryJobsOrder() throws Exception {
        Map<String, List<Long>> published = new HashMap<>();
        EventOutbox.Publisher publisher = stories -> {
            List<Integer> delivered = new ArrayList<>();
            for (var story : stories) {
                for (var waiting : story) {
                    synchronized (published) {
                        published
                                .computeIfAbsent(waiting.event().subject(), id -> new ArrayList<>())
                                .add(waiting.event().data().path("seq").asLong());
                    }
                }
                delivered.add(story.size());
            }
            return delivered;
        };
        List<Callable<Boolean>> work = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            work.add(() -> {
                long end = System.nanoTime() + 4_000_000_000L;
                while (System.nanoTime() < end) {
                    outbox.publish(publisher);
                }
                return true;
            });
        }
        for (int i = 0; i < 4; i++) {
            String id = "order-" + i;
            work.add(() -> {
                story(id, 50);
                return true;
            });
        }
        allAtOnce(work);
        while (outbox.publish(publisher) > 0) {
            // until nothing waits
        }
        for (int i = 0; i < 4; i++) {
            assertEquals(LongStream.rangeClosed(1, 52).boxed().toList(), published.get("order-" + i));
        }
    }

    @Test
    void pagesGoThroughAllJobsNewestFirst() {
        for (int i = 0; i < 5; i++) {
            submit("page-" + i);
        }
        var first = directory.list(new JobDirectory.Filter(JobState.QUEUED, "lora", 3, null));
        var second = directory.list(new JobDirectory.Filter(null, null, 3, first.next()));
        assertEquals(
                List.of("page-4", "page-3", "page-2"),
                first.jobs().stream().map(job -> job.id()).toList());
        assertEquals(
                List.of("page-1", "page-0"),
                second.jobs().stream().map(job -> job.id()).toList());
        assertNull(second.next());
        assertThrows(JobException.class, () -> directory.list(new JobDirectory.Filter(null, null, 3, "?")));
    }

    @Test
    void oldJobsAreForgottenWhenTheirEventsAreOut() {
        submit("ancient");
        intake.command("ancient", JobCommand.CANCEL);
        transactions.run(() -> rows.getEntityManager()
                .createNativeQuery("UPDATE job SET ended_at = CURRENT_TIMESTAMP - INTERVAL '91' DAY")
                .executeUpdate());
        assertEquals(0, retention.forgetOld());
        outbox.publish(stories -> stories.stream().map(List::size).toList());
        assertEquals(1, retention.forgetOld());
        assertTrue(directory.find("ancient").isEmpty());
    }

    @Test
    void timesShorterThanADayAndLongerThanAMonthAreKept() {
        submit("young");
        intake.command("young", JobCommand.CANCEL);
        outbox.publish(stories -> stories.stream().map(List::size).toList());
        var hours = java.time.Duration.ofHours(12);
        assertEquals(0, (int) transactions.run(() -> rows.forget(hours, hours)));
        transactions.run(() -> rows.getEntityManager()
                .createNativeQuery("UPDATE job SET ended_at = CURRENT_TIMESTAMP - INTERVAL '13' HOUR")
                .executeUpdate());
        assertEquals(1, (int) transactions.run(() -> rows.forget(hours, hours)));
        submit("long");
        var claim = Awaitility.await()
                .until(() -> queue.claim("w"), Optional::isPresent)
                .orElseThrow();
        assertTrue(transactions.run(() -> rows.renew("long", claim.fence(), java.time.Duration.ofDays(30))));
        claim.sink().close();
        assertTrue(queue.claim("thief").isEmpty());
    }

    private Outcome submit(String id) {
        return intake.submit(new Submission(
                id,
                Requests.lora(id),
                TraceContext.of("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "vendor=7")));
    }

    /** A job with accepted, started and that many progress events. */
    private void story(String id, int progress) {
        submit(id);
        // Where several claim at once, the row that one saw may be another's a moment later, and a new one not yet
        // seen.
        JobQueue.Claim claim = Awaitility.await()
                .until(() -> queue.claim("w"), Optional::isPresent)
                .orElseThrow();
        try (JobQueue.Sink sink = claim.sink()) {
            sink.emit(QueueContract.started());
            for (int step = 1; step <= progress; step++) {
                sink.emit(QueueContract.progress(step));
            }
        }
    }

    private List<String> kinds(String id) {
        return directory.events(id, 0, 100).stream()
                .map(event -> CloudEvent.kind(event.type()))
                .toList();
    }

    private static <T> List<T> allAtOnce(List<Callable<T>> work) throws Exception {
        try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
            List<T> results = new ArrayList<>();
            for (Future<T> future : threads.invokeAll(work)) {
                results.add(future.get());
            }
            return results;
        }
    }
}
