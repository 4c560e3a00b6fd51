package io.tenfold.messaging;

import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import jakarta.enterprise.context.ApplicationScoped;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Headers;
import org.jboss.logging.Logger;

/** Puts records that nobody can act on where a person finds them: byte for byte, with the reason in headers. */
@ApplicationScoped
public class DeadLetters {

    /** An {@link ErrorCode} by its wire name. */
    public static final String CODE = "tenfold-error-code";

    public static final String MESSAGE = "tenfold-error-message";
    public static final String ORIGIN_TOPIC = "tenfold-origin-topic";
    public static final String ORIGIN_PARTITION = "tenfold-origin-partition";
    public static final String ORIGIN_OFFSET = "tenfold-origin-offset";

    /** How many bytes the value had, where the topic took only its beginning. */
    public static final String CUT_FROM = "tenfold-cut-from-bytes";

    /** What any topic takes, with room for headers. */
    private static final int BEGINNING_BYTES = 64 * 1024;

    private static final Logger LOG = Logger.getLogger(DeadLetters.class);

    private final RecordSender sender;
    private final TopicsConfig topics;

    DeadLetters(RecordSender sender, TopicsConfig topics) {
        this.sender = sender;
        this.topics = topics;
    }

    /**
     * Returns when the broker has it.
     *
     * @throws JobException {@code unavailable} when the broker did not take it in time
     */
    void put(ConsumerRecord<byte[], byte[]> origin, ErrorCode code, String message) {
        LOG.warnf(
                "record %s-%d@%d goes to %s: %s: %s",
                origin.topic(), origin.partition(), origin.offset(), topics.deadLetters(), code.wire(), message);
        try {
            sender.sendAndWait(letter(origin, origin.value(), code, message));
        } catch (JobException e) {
            if (e.code() != ErrorCode.BAD_REQUEST) {
                throw e;
            }
            byte[] beginning = Arrays.copyOf(origin.value(), Math.min(BEGINNING_BYTES, origin.value().length));
            ProducerRecord<byte[], byte[]> letter = letter(origin, beginning, code, message);
            set(letter.headers(), CUT_FROM, String.valueOf(origin.value().length));
            sender.sendAndWait(letter);
        }
    }

    private ProducerRecord<byte[], byte[]> letter(
            ConsumerRecord<byte[], byte[]> origin, byte[] value, ErrorCode code, String message) {
        ProducerRecord<byte[], byte[]> letter =
                new ProducerRecord<>(topics.deadLetters(), null, origin.key(), value, origin.headers());
        set(letter.headers(), CODE, code.wire());
        set(letter.headers(), MESSAGE, message);
        set(letter.headers(), ORIGIN_TOPIC, origin.topic());
        set(letter.headers(), ORIGIN_PARTITION, String.valueOf(origin.partition()));
        set(letter.headers(), ORIGIN_OFFSET, String.valueOf(origin.offset()));
        return letter;
    }

    private static void set(Headers headers, String name, String value) {
        headers.remove(name).add(name, value.getBytes(StandardCharsets.UTF_8));
    }
}
