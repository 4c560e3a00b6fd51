package io.tenfold.jobstate;

import io.quarkus.scheduler.Scheduled;
import io.tenfold.job.JobRetention;
import io.tenfold.job.Role;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jboss.logging.Logger;

/** Removes what ended long ago. */
@ApplicationScoped
public class Retention implements JobRetention {

    private static final Logger LOG = Logger.getLogger(Retention.class);

    private final Transactions transactions;
    private final JobRows jobs;
    private final RetentionConfig config;
    private final boolean intake;

    Retention(
            Transactions transactions,
            JobRows jobs,
            RetentionConfig config,
            @ConfigProperty(name = "tenfold.roles") Optional<List<Role>> roles) {
        this.transactions = transactions;
        this.jobs = jobs;
        this.config = config;
        this.intake = roles.orElse(List.of()).contains(Role.INTAKE);
    }

    @Scheduled(every = "1h", delay = 5, delayUnit = TimeUnit.MINUTES)
    void everyHour() {
        if (intake) {
            int removed = forgetOld();
            if (removed > 0) {
                LOG.infof("%d jobs that ended more than %s ago were removed", removed, config.jobs());
            }
        }
    }

    @Override
    public Duration kept() {
        return config.jobs();
    }

    @Override
    public int forgetOld() {
        return transactions.run(() -> jobs.forget(config.jobs(), config.waitingCommands()));
    }
}
