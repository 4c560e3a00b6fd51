package io.tenfold.jobstate;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** How long the database remembers. */
@ConfigMapping(prefix = "tenfold.retention")
public interface RetentionConfig {

    /**
     * Jobs that ended this long ago are removed with their events. Keep it longer than the requests topic keeps records: a
     * record that is delivered again finds its row, and without the row it would be a new job.
     */
    @WithDefault("P90D")
    Duration jobs();

    /** Commands for jobs that never came are removed after this time. */
    @WithDefault("P7D")
    Duration waitingCommands();
}
