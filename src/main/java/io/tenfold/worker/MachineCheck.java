package io.tenfold.worker;

import io.quarkus.runtime.StartupEvent;
import io.tenfold.job.ArtifactStore;
import io.tenfold.job.JobError;
import io.tenfold.job.Role;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jboss.logging.Logger;

/**
 * Looks at the machine before a runner takes jobs. One that lacks what every job needs does not start: it would else fail
 * one job after another. Liveness does not ask here.
 */
@ApplicationScoped
public class MachineCheck {

    private static final Logger LOG = Logger.getLogger(MachineCheck.class);

    /** Before the runner's loop. */
    private static final int FIRST = 10;

    private final RunnerConfig config;
    private final ArtifactStore store;
    private final boolean active;

    @Inject
    MachineCheck(
            RunnerConfig config,
            ArtifactStore store,
            @ConfigProperty(name = "tenfold.roles") Optional<List<Role>> roles) {
        this(config, store, roles.orElse(List.of()).contains(Role.RUNNER));
    }

    MachineCheck(RunnerConfig config, ArtifactStore store, boolean active) {
        this.config = config;
        this.store = store;
        this.active = active;
    }

    /** Loads the libraries, tries the device and the folders. */
    public MachineReport look() {
        return MachineReport.of(config, store);
    }

    /** @throws IllegalStateException naming all that is missing, and the ways out */
    void start(@Observes @Priority(FIRST) StartupEvent event) {
        if (!active) {
            return;
        }
        MachineReport report = look();
        LOG.info(report.lines().entrySet().stream()
                .map(line -> line.getKey() + " " + line.getValue())
                .collect(Collectors.joining("; ")));
        if (!report.ready()) {
            throw new IllegalStateException("this machine can't run jobs: "
                    + report.problems().stream().map(JobError::message).collect(Collectors.joining("; ")));
        }
    }
}
