package io.tenfold.storage;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tenfold.job.StopCheck;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class RetriesTest {

    @Test
    void whoeverIsToldToStopDoesNotWaitForTheStore() {
        Retries retries = new Retries(Duration.ofMinutes(15));
        AtomicInteger tries = new AtomicInteger();
        Runnable stop = () -> {
            if (tries.get() > 1) {
                throw new CancellationException();
            }
        };
        assertThrows(
                CancellationException.class,
                () -> StopCheck.during(
                        stop,
                        () -> retries.call("reading", "s3://data/a", () -> {
                            tries.incrementAndGet();
                            throw new IOException("no answer");
                        })));
        assertTrue(tries.get() == 2, tries + " tries");
    }
}
