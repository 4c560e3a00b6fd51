package io.tenfold.web;

import io.tenfold.job.CloudEvent;

/** An event's place in its job's story. */
final class Sequence {

    private Sequence() {}

    /** The number of an event: what follows the last slash of {@code <job>/<seq>}. */
    static long of(CloudEvent event) {
        return Long.parseLong(event.id().substring(event.id().lastIndexOf('/') + 1));
    }

    /** Whether no event of this job can follow. */
    static boolean endsJob(CloudEvent event) {
        return switch (CloudEvent.kind(event.type())) {
            case "succeeded", "failed", "cancelled", "rejected" -> true;
            default -> false;
        };
    }
}
