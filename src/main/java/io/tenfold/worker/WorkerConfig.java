package io.tenfold.worker;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;
import java.util.Optional;

/** How a worker takes jobs. */
@ConfigMapping(prefix = "tenfold.worker")
public interface WorkerConfig {

    /** Whether the program ends, with exit code 0, after one job or an idle time. */
    @WithDefault("false")
    boolean once();

    /** With {@code once}: how long to wait for a job before the program ends. */
    @WithDefault("PT30S")
    Duration idle();

    /** What this worker is called in events and rows; left out: host, process and a random part. */
    Optional<String> name();

    /**
     * How long a job that runs may take, when the program is told to stop, to write a checkpoint and hand over. Together with
     * quarkus.shutdown.timeout, which comes before, shorter than the pod's grace period.
     */
    @WithDefault("PT25S")
    Duration shutdownBudget();
}
