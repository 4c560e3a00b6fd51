package io.tenfold.worker;

import jakarta.inject.Singleton;
import java.nio.file.Path;
import java.util.Optional;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/** How a runner computes. */
@Singleton
public class RunnerConfig {

    // Keys of their own and no mapping: a mapping of the whole prefix would refuse every other room's keys.
    private final String device;
    private final int threads;
    private final Path workDir;

    public RunnerConfig(
            @ConfigProperty(name = "tenfold.device", defaultValue = "auto") String device,
            @ConfigProperty(name = "tenfold.threads", defaultValue = "0") int threads,
            @ConfigProperty(name = "tenfold.work-dir") Optional<Path> workDir) {
        this.device = device;
        this.threads = threads;
        this.workDir = workDir.orElseGet(RunnerConfig::ownTemporaryFolder);
    }

    /** The user's own: a second user of a machine could not write into the first one's. */
    private static Path ownTemporaryFolder() {
        String user = System.getProperty("user.name").replaceAll("[^A-Za-z0-9._-]", "_");
        return Path.of(System.getProperty("java.io.tmpdir"), "tenfold-work-" + user);
    }

    /** Where training runs: auto (the first GPU, else the CPU), cpu, or cuda:n. */
    public String device() {
        return device;
    }

    /** CPU threads of one operation; 0 takes one a core. */
    public int threads() {
        return threads;
    }

    /** Where running jobs keep their files, by default below the system's temporary folder; emptied when a job ends. */
    public Path workDir() {
        return workDir;
    }
}
