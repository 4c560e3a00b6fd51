package io.tenfold.jobstate;

import io.smallrye.config.ConfigMapping;
import io.tenfold.job.JobEvent.Spent;
import java.util.Optional;
import java.util.OptionalDouble;

/** What a device costs. */
@ConfigMapping(prefix = "tenfold.cost")
public interface CostConfig {

    double MILLIS = 1e3;
    double MILLIONTHS = 1e6;

    /** The price of one second on a device; left out: events tell seconds and no cost. */
    OptionalDouble deviceSecond();

    /** The price's currency, three capital letters. */
    Optional<String> currency();

    /** What those seconds cost. */
    default Spent spent(double seconds) {
        double rounded = Math.round(seconds * MILLIS) / MILLIS;
        return deviceSecond().isEmpty()
                ? new Spent(rounded, null, null)
                : new Spent(
                        rounded,
                        Math.round(seconds * deviceSecond().getAsDouble() * MILLIONTHS) / MILLIONTHS,
                        currency().orElse(null));
    }
}
