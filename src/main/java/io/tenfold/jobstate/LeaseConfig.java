package io.tenfold.jobstate;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** How long a worker owns a job without saying that it lives. */
@ConfigMapping(prefix = "tenfold.lease")
public interface LeaseConfig {

    /** A claim, and each renewal, holds a job for this long. */
    @WithDefault("PT60S")
    Duration duration();

    /** A running attempt renews its lease this often. */
    @WithDefault("PT15S")
    Duration renewal();

    /** A lease that ran out is left alone for this long more before another worker takes the job. */
    @WithDefault("PT30S")
    Duration grace();

    /** A running attempt looks this often whether it is asked to cancel or pause; at most a second. */
    @WithDefault("PT0.5S")
    Duration wishes();

    /** A job fails as a crash loop when this many attempts in a row died without a new checkpoint. */
    @WithDefault("3")
    int deaths();

    /** Events that must not be lost, such as a checkpoint or the end, are tried again for this long when the database is down. */
    @WithDefault("PT15M")
    Duration patience();
}
