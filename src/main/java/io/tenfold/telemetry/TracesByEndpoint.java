package io.tenfold.telemetry;

import io.smallrye.config.ConfigSourceInterceptor;
import io.smallrye.config.ConfigSourceInterceptorContext;
import io.smallrye.config.ConfigValue;
import io.smallrye.config.Priorities;
import jakarta.annotation.Priority;
import org.jspecify.annotations.Nullable;

/** Turns traces on where an endpoint for them is configured: a switch can't read whether another setting is there. */
@Priority(Priorities.APPLICATION)
public final class TracesByEndpoint implements ConfigSourceInterceptor {

    private static final long serialVersionUID = 1;

    private static final String SWITCH = "quarkus.otel.sdk.disabled";
    private static final String ENDPOINT = "tenfold.telemetry.otlp-endpoint";

    @Override
    public @Nullable ConfigValue getValue(ConfigSourceInterceptorContext context, String name) {
        ConfigValue value = context.proceed(name);
        return value != null && name.equals(SWITCH) && isGiven(context.proceed(ENDPOINT))
                ? value.withValue("false")
                : value;
    }

    private static boolean isGiven(@Nullable ConfigValue endpoint) {
        return endpoint != null
                && endpoint.getValue() != null
                && !endpoint.getValue().isBlank();
    }
}
