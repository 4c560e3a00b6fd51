package io.tenfold.job;

import java.util.List;

/** Events that were written and wait to be published. */
public interface EventOutbox {

    /**
     * Hands the oldest unpublished events to the publisher and marks those it delivered. While it works no other relay has
     * events of the same jobs; events that were delivered but not marked, because a process died in between, come again.
     *
     * @return how many were marked; 0: nothing waits that no other relay has in hand
     * @throws JobException {@code unavailable} when the rows can't be reached
     */
    int publish(Publisher publisher);

    /** Puts events where the world reads them. */
    @FunctionalInterface
    interface Publisher {

        /**
         * Delivers one job's events in order and stops at the first that fails.
         *
         * @param events whole stories of several jobs, or their beginnings; each list is one job's, in order
         * @return for each list, how many of its first events were delivered
         */
        List<Integer> deliver(List<List<Waiting>> events);
    }

    /**
     * One event to publish.
     *
     * @param job what is known of its job now
     */
    record Waiting(CloudEvent event, JobFacts job) {}
}
