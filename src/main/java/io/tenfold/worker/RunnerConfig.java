package io.tenfold.worker;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.nio.file.Path;

/** How a runner computes. */
@ConfigMapping(prefix = "tenfold")
public interface RunnerConfig {

    /** Where training runs: auto (the first GPU, else the CPU), cpu, or cuda:n. */
    @WithDefault("auto")
    String device();

    /** CPU threads of one operation; 0 takes one a core. */
    @WithDefault("0")
    int threads();

    /** Where running jobs keep their files; emptied when a job ends. */
    @WithDefault("${java.io.tmpdir}/tenfold-work")
    Path workDir();
}
