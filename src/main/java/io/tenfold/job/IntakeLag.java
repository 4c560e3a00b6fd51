package io.tenfold.job;

import java.util.Map;

/** How far intake is behind its topics. */
public interface IntakeLag {

    /**
     * For each topic that intake reads, the records that it has not finished: those that nobody has read, and those that wait
     * for the database.
     *
     * @throws JobException {@code unavailable} when the broker does not answer
     */
    Map<String, Long> records();
}
