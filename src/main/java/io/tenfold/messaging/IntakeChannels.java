package io.tenfold.messaging;

import com.fasterxml.jackson.databind.JsonNode;
import io.smallrye.common.annotation.Blocking;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobCommand;
import io.tenfold.job.JobException;
import io.tenfold.job.JobIntake;
import io.tenfold.job.JobIntake.Outcome;
import io.tenfold.job.JobIntake.Submission;
import io.tenfold.job.LogFields;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.eclipse.microprofile.reactive.messaging.Incoming;
import org.jboss.logging.Logger;
import org.jboss.logging.MDC;

/**
 * Requests and commands as they come, one after another. A record is acknowledged when this returns: after its transaction,
 * or after its dead letter.
 */
@ApplicationScoped
public class IntakeChannels {

    /** Channel of requests; {@code mp.messaging.incoming.requests.*} configures it. */
    public static final String REQUESTS = "requests";

    /** Channel of commands. */
    public static final String COMMANDS = "commands";

    private static final Logger LOG = Logger.getLogger(IntakeChannels.class);

    private final JobIntake intake;
    private final DeadLetters deadLetters;
    private final RecordHandling handling;

    IntakeChannels(JobIntake intake, DeadLetters deadLetters, RecordHandling handling) {
        this.intake = intake;
        this.deadLetters = deadLetters;
        this.handling = handling;
    }

    @Incoming(REQUESTS)
    @Blocking
    void request(ConsumerRecord<byte[], byte[]> record) {
        handling.untilDone(record, () -> {
            switch (RecordDecoder.decode(record, "id")) {
                case Decoded.Body body -> submit(record, body);
                case Decoded.Undecodable(String message) -> deadLetters.put(record, ErrorCode.BAD_REQUEST, message);
                case Decoded.Tombstone t -> ignore(record);
            }
        });
    }

    private void submit(ConsumerRecord<byte[], byte[]> record, Decoded.Body body) {
        orDeadLetter(record, body, () -> {
            Outcome outcome = intake.submit(new Submission(body.id(), body.json(), body.trace()));
            switch (outcome) {
                case Outcome.Accepted a -> LOG.infof("job %s waits", a.jobId());
                case Outcome.Known k -> LOG.infof("job %s came again, unchanged", k.jobId());
                case Outcome.Rejected r -> LOG.infof("job %s was rejected: %s", r.jobId(), r.errors());
                case Outcome.Conflict c ->
                    deadLetters.put(record, c.error().code(), c.error().message());
            }
        });
    }

    @Incoming(COMMANDS)
    @Blocking
    void command(ConsumerRecord<byte[], byte[]> record) {
        handling.untilDone(record, () -> {
            switch (RecordDecoder.decode(record, "job_id")) {
                case Decoded.Body body -> obey(record, body);
                case Decoded.Undecodable(String message) -> deadLetters.put(record, ErrorCode.BAD_REQUEST, message);
                case Decoded.Tombstone t -> ignore(record);
            }
        });
    }

    private void obey(ConsumerRecord<byte[], byte[]> record, Decoded.Body body) {
        JsonNode word = body.json().path("command");
        Optional<JobCommand> command = JobCommand.ofWire(word.asText());
        if (command.isEmpty()) {
            deadLetters.put(
                    record, ErrorCode.BAD_REQUEST, "command is %s; it must be cancel, pause or resume".formatted(word));
            return;
        }
        orDeadLetter(record, body, () -> {
            intake.command(body.id(), command.get());
            LOG.infof("job %s is asked to %s", body.id(), command.get().wire());
        });
    }

    /** What the door refuses outright, such as an id that can't be one, is a dead letter. */
    private void orDeadLetter(ConsumerRecord<byte[], byte[]> record, Decoded.Body body, Runnable work) {
        MDC.put(LogFields.JOB, body.id());
        try {
            work.run();
        } catch (JobException e) {
            if (e.code() != ErrorCode.BAD_REQUEST) {
                throw e;
            }
            deadLetters.put(record, e.code(), e.error().message());
        } finally {
            MDC.remove(LogFields.JOB);
        }
    }

    private static void ignore(ConsumerRecord<byte[], byte[]> record) {
        LOG.infof(
                "record %s-%d@%d has no value (a tombstone) and is ignored",
                record.topic(), record.partition(), record.offset());
    }
}
