package io.tenfold.messaging;

import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jboss.logging.Logger;

/**
 * Works on one record until it is done: while database or broker are away it is tried again, and since the record's thread
 * waits here, the channel stays paused and nothing is skipped.
 */
@ApplicationScoped
public class RecordHandling {

    private static final Logger LOG = Logger.getLogger(RecordHandling.class);
    private static final long FIRST_PAUSE_MILLIS = 250;
    private static final long LONGEST_PAUSE_MILLIS = 10_000;

    /** A mistake of ours with one record must not stop those behind it for ever. */
    private static final int TRIES_AFTER_MISTAKES = 3;

    private final DeadLetters deadLetters;

    RecordHandling(DeadLetters deadLetters) {
        this.deadLetters = deadLetters;
    }

    /** Returns when the work is done or the record is a dead letter. */
    void untilDone(ConsumerRecord<byte[], byte[]> record, Runnable work) {
        int mistakes = 0;
        for (long pause = FIRST_PAUSE_MILLIS; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MILLIS)) {
            try {
                if (mistakes < TRIES_AFTER_MISTAKES) {
                    work.run();
                } else {
                    deadLetters.put(
                            record,
                            ErrorCode.INTERNAL,
                            "the record failed %d times; see the worker's log".formatted(mistakes));
                }
                return;
            } catch (RuntimeException e) {
                boolean away = e instanceof JobException known && known.code() == ErrorCode.UNAVAILABLE;
                mistakes += away ? 0 : 1;
                if (away) {
                    LOG.warnf("%s waits %d ms: %s", name(record), pause, e.getMessage());
                } else {
                    LOG.errorf(e, "%s failed", name(record));
                }
                sleep(pause);
            }
        }
    }

    private static String name(ConsumerRecord<byte[], byte[]> record) {
        return "record %s-%d@%d".formatted(record.topic(), record.partition(), record.offset());
    }

    private static void sleep(long pause) {
        try {
            TimeUnit.MILLISECONDS.sleep(pause);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new JobException(ErrorCode.UNAVAILABLE, null, "interrupted; the record comes again", e);
        }
    }
}
