package io.tenfold.job;

/** Where a running attempt says what happens, and hears what is asked of it. Implementations are safe for one writing thread. */
public interface ProgressSink {

    /**
     * Writes the event together with the state it brings. The sink adds job, number, attempt and time. While the rows can't
     * be reached, progress is dropped and everything else waits and is tried again.
     *
     * @throws LeaseLostException when another attempt has begun, or the rows could not be reached for too long
     */
    void emit(JobEvent event);

    /**
     * What is asked of this attempt now: at most a second old, and cheap enough to be read at every step.
     *
     * @throws LeaseLostException when another attempt has begun
     */
    Interruption interruption();

    /**
     * Renews the lease at once, before something is published that can't be taken back.
     *
     * @throws LeaseLostException as {@link #emit}
     */
    void renew();
}
