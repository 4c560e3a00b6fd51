package io.tenfold.messaging;

import io.smallrye.config.ConfigSourceInterceptor;
import io.smallrye.config.ConfigSourceInterceptorContext;
import io.smallrye.config.ConfigValue;
import io.smallrye.config.Priorities;
import io.tenfold.job.Role;
import jakarta.annotation.Priority;
import java.util.Arrays;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Turns the incoming channels off in a worker without the role {@code intake}: a channel's switch can't read a list. */
@Priority(Priorities.APPLICATION)
public final class ChannelsByRole implements ConfigSourceInterceptor {

    private static final long serialVersionUID = 1;

    private static final Set<String> SWITCHES = Set.of(
            "mp.messaging.incoming." + IntakeChannels.REQUESTS + ".enabled",
            "mp.messaging.incoming." + IntakeChannels.COMMANDS + ".enabled");

    @Override
    public @Nullable ConfigValue getValue(ConfigSourceInterceptorContext context, String name) {
        ConfigValue value = context.proceed(name);
        if (!SWITCHES.contains(name)) {
            return value;
        }
        ConfigValue roles = context.proceed("tenfold.roles");
        boolean intake = roles != null && has(roles.getValue(), Role.INTAKE);
        return value == null || intake ? value : value.withValue("false");
    }

    /** Reads the list as its converter elsewhere does: {@code RELAY, intake}. */
    static boolean has(@Nullable String roles, Role wanted) {
        return roles != null
                && Arrays.stream(roles.split(","))
                        .map(String::trim)
                        .anyMatch(role -> role.equalsIgnoreCase(wanted.name()));
    }
}
