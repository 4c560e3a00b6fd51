package io.tenfold.job;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * CloudEvents 1.0 in its JSON format, as it stands on the events topic and on {@code --json} output.
 *
 * @param data the event's own fields
 */
public record CloudEvent(
        String specversion,
        String id,
        String source,
        String type,
        String subject,
        String time,
        String datacontenttype,
        JsonNode data) {

    private static final String TYPE_PREFIX = "io.tenfold.job.";
    private static final String TYPE_SUFFIX = ".v1";

    /** The envelope of one event whose data is written already. */
    public static CloudEvent of(String deployment, String kind, String jobId, long seq, String time, JsonNode data) {
        return new CloudEvent(
                "1.0", jobId + "/" + seq, "/tenfold/" + deployment, type(kind), jobId, time, "application/json", data);
    }

    /** The type of a kind: {@code io.tenfold.job.<kind>.v1}. */
    public static String type(String kind) {
        return TYPE_PREFIX + kind + TYPE_SUFFIX;
    }

    /** The kind of a type of ours; anything else comes back as it is. */
    public static String kind(String type) {
        return type.startsWith(TYPE_PREFIX) && type.endsWith(TYPE_SUFFIX)
                ? type.substring(TYPE_PREFIX.length(), type.length() - TYPE_SUFFIX.length())
                : type;
    }
}
