package io.tenfold.jobstate;

import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;

/** Refuses, before anything runs, what would delete what is young, take jobs from workers that live, or tell a cost that means nothing. */
@ApplicationScoped
public class SettingsCheck {

    private static final Duration LONGEST = Duration.ofDays(36_500);

    private final LeaseConfig lease;
    private final RetentionConfig retention;
    private final CostConfig cost;

    SettingsCheck(LeaseConfig lease, RetentionConfig retention, CostConfig cost) {
        this.lease = lease;
        this.retention = retention;
        this.cost = cost;
    }

    void start(@Observes StartupEvent event) {
        check();
    }

    /** @throws IllegalArgumentException naming the first setting that makes no sense, and the way out */
    void check() {
        between("tenfold.retention.jobs", retention.jobs(), Duration.ofHours(1), LONGEST);
        between("tenfold.retention.waiting-commands", retention.waitingCommands(), Duration.ofHours(1), LONGEST);
        between("tenfold.lease.duration", lease.duration(), Duration.ofSeconds(1), LONGEST);
        between("tenfold.lease.grace", lease.grace(), Duration.ZERO, LONGEST);
        between("tenfold.lease.patience", lease.patience(), Duration.ZERO, LONGEST);
        between("tenfold.lease.wishes", lease.wishes(), Duration.ofMillis(1), Duration.ofMinutes(1));
        between("tenfold.lease.renewal", lease.renewal(), Duration.ofMillis(1), lease.duration());
        if (lease.deaths() < 1) {
            throw new IllegalArgumentException("tenfold.lease.deaths is %d; give 1 or more".formatted(lease.deaths()));
        }
        checkCost();
    }

    private void checkCost() {
        double price = cost.deviceSecond().orElse(0);
        if (!(price >= 0) || Double.isInfinite(price)) {
            throw new IllegalArgumentException(
                    "tenfold.cost.device-second is %s; give the price of a second, 0 or more".formatted(price));
        }
        String currency = cost.currency().orElse("not given");
        if (cost.deviceSecond().isPresent() && !currency.matches("[A-Z]{3}")) {
            throw new IllegalArgumentException(
                    "tenfold.cost.currency is %s; beside tenfold.cost.device-second give three capital letters, such as EUR"
                            .formatted(currency));
        }
    }

    private static void between(String key, Duration value, Duration least, Duration most) {
        if (value.compareTo(least) < 0 || value.compareTo(most) > 0) {
            throw new IllegalArgumentException(
                    "%s is %s; give a time from %s to %s, such as PT1H or P7D".formatted(key, value, least, most));
        }
    }
}
