package io.tenfold.jobstate;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.tenfold.job.CanonicalJson;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.EventsWait;
import io.tenfold.job.JobCommand;
import io.tenfold.job.JobError;
import io.tenfold.job.JobEvent;
import io.tenfold.job.JobException;
import io.tenfold.job.JobIntake;
import io.tenfold.job.JobState;
import io.tenfold.job.JobsWait;
import io.tenfold.job.RequestReader;
import io.tenfold.job.TraceContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Event;
import jakarta.enterprise.inject.Instance;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The door, on rows. Requests and commands for one id come one after another, whichever worker reads them. */
@ApplicationScoped
public class DatabaseJobIntake implements JobIntake {

    private static final int MOST_ERRORS = 100;
    private static final int LONGEST_COLUMN = 255;

    private final Transactions transactions;
    private final JobRows jobs;
    private final EventRows events;
    private final WaitingCommands waiting;
    private final JobStory story;
    private final IntakeConfig config;
    private final Instance<RequestReader> reader;
    private final Event<JobsWait> jobsWait;
    private final Event<EventsWait> eventsWait;

    DatabaseJobIntake(
            Transactions transactions,
            JobRows jobs,
            EventRows events,
            WaitingCommands waiting,
            JobStory story,
            IntakeConfig config,
            Instance<RequestReader> reader,
            Event<JobsWait> jobsWait,
            Event<EventsWait> eventsWait) {
        this.transactions = transactions;
        this.jobs = jobs;
        this.events = events;
        this.waiting = waiting;
        this.story = story;
        this.config = config;
        this.reader = reader;
        this.jobsWait = jobsWait;
        this.eventsWait = eventsWait;
    }

    @Override
    public Outcome submit(Submission submission) {
        refuseUnusable(submission.id());
        JsonNode body = submission.body();
        String canonical = CanonicalJson.of(body);
        String hash = CanonicalJson.sha256(canonical.getBytes(StandardCharsets.UTF_8));
        int bytes = body.toString().getBytes(StandardCharsets.UTF_8).length;
        List<JobError> errors = bytes > config.maxRequestBytes() ? tooLong(bytes) : errorsIn(body, submission.id());
        Outcome outcome = transactions.run(() -> {
            jobs.takeTurn(submission.id());
            JobRow known = jobs.findById(submission.id());
            if (known != null) {
                return known.requestSha256.equals(hash) ? new Outcome.Known(known.id) : conflict(known);
            }
            return add(submission, hash, errors);
        });
        wakeAfter(outcome);
        return outcome;
    }

    private List<JobError> errorsIn(JsonNode body, String id) {
        return switch (reader.get().read(body, id)) {
            case RequestReader.Result.Valid valid -> List.of();
            case RequestReader.Result.Invalid(List<JobError> errors) ->
                errors.stream()
                        .limit(MOST_ERRORS)
                        .map(DatabaseJobIntake::shortened)
                        .toList();
        };
    }

    private static JobError shortened(JobError e) {
        String param = e.param();
        return new JobError(
                e.code(), EventJson.shortened(e.message()), param == null ? null : EventJson.shortened(param));
    }

    private List<JobError> tooLong(int bytes) {
        return List.of(new JobError(
                ErrorCode.BAD_REQUEST,
                "the request has %d bytes; it may have at most %d, so put what is large into a file of the store"
                        .formatted(bytes, config.maxRequestBytes()),
                null));
    }

    private Outcome add(Submission submission, String hash, List<JobError> errors) {
        JobRow row = new JobRow();
        row.id = submission.id();
        row.requestSha256 = hash;
        row.method = fitting(submission.body().path("method").path("name").textValue());
        row.priority = errors.isEmpty() ? submission.body().path("priority").asInt(0) : 0;
        row.request(stored(submission, errors));
        TraceContext trace = submission.trace();
        row.traceparent = trace == null ? null : trace.traceparent();
        row.tracestate = trace == null ? null : trace.tracestate();
        row.state = (errors.isEmpty() ? JobState.QUEUED : JobState.REJECTED).wire();
        row.lastSeq = 1;
        JobEvent first = errors.isEmpty()
                ? new JobEvent.Accepted(hash, jobs.queuedAhead(row.priority))
                : new JobEvent.Rejected(errors);
        jobs.add(row);
        events.add(row.id, 0, 1, first);
        Optional<JobCommand> early = waiting.take(row.id);
        if (!errors.isEmpty()) {
            jobs.end(row.id);
            return new Outcome.Rejected(row.id, errors);
        }
        early.ifPresent(command -> obey(command, row));
        return new Outcome.Accepted(row.id);
    }

    /** The body, unless it is too long or too deep to keep. */
    private String stored(Submission submission, List<JobError> errors) {
        String body = submission.body().toString();
        boolean kept = body.length() <= config.maxRequestBytes() && !RequestReader.tooDeep(submission.body());
        return errors.isEmpty() || kept
                ? body
                : JsonNodeFactory.instance
                        .objectNode()
                        .put("id", submission.id())
                        .toString();
    }

    /** A short text as it is; empty for what no column takes. */
    private static String fitting(@Nullable String text) {
        return text == null || text.length() > LONGEST_COLUMN || text.chars().anyMatch(Character::isISOControl)
                ? ""
                : text;
    }

    private static void refuseUnusable(String id) {
        if (id.isBlank() || id.length() > RequestReader.MAX_ID_LENGTH || !id.equals(fitting(id))) {
            throw new JobException(
                    ErrorCode.BAD_REQUEST,
                    "id",
                    "the id has %d characters; it must have 1 to %d, none of them a control character"
                            .formatted(id.length(), RequestReader.MAX_ID_LENGTH));
        }
    }

    private static Outcome conflict(JobRow known) {
        return new Outcome.Conflict(
                known.id,
                new JobError(
                        ErrorCode.CONFLICT,
                        "job %s exists with another body (SHA-256 %s); use another id"
                                .formatted(known.id, known.requestSha256),
                        "id"));
    }

    @Override
    public void command(String jobId, JobCommand command) {
        refuseUnusable(jobId);
        transactions.run(() -> {
            jobs.takeTurn(jobId);
            Optional<JobRow> row = jobs.locked(jobId);
            row.ifPresentOrElse(job -> obey(command, job), () -> waiting.keep(jobId, command));
        });
        eventsWait.fire(new EventsWait());
        jobsWait.fire(new JobsWait());
    }

    private void obey(JobCommand command, JobRow row) {
        Wish wish =
                switch (command) {
                    case CANCEL -> Wish.CANCEL;
                    case PAUSE -> Wish.PAUSE;
                    case RESUME -> Wish.NONE;
                };
        switch (row.stateNow()) {
            case QUEUED -> tell(row, wish);
            case PAUSED -> {
                if (command == JobCommand.CANCEL) {
                    tell(row, wish);
                } else if (command == JobCommand.RESUME) {
                    jobs.requeue(row.id);
                }
            }
            case RUNNING -> {
                // A cancel stands: neither pause nor resume takes it back.
                if (!Wish.CANCEL.wire().equals(row.wish)) {
                    jobs.ask(row.id, wish == Wish.NONE ? null : wish);
                }
            }
            case SUCCEEDED, FAILED, CANCELLED, REJECTED -> {
                // Nothing follows the end.
            }
        }
    }

    private void tell(JobRow row, Wish wish) {
        JobStory.fulfil(wish, row)
                .ifPresent(event -> story.write(row.id, row.fence, row.stateNow(), row.lastSeq + 1, event));
    }

    private void wakeAfter(Outcome outcome) {
        switch (outcome) {
            case Outcome.Accepted a -> {
                jobsWait.fire(new JobsWait());
                eventsWait.fire(new EventsWait());
            }
            case Outcome.Rejected r -> eventsWait.fire(new EventsWait());
            case Outcome.Known k -> {}
            case Outcome.Conflict c -> {}
        }
    }
}
