package io.tenfold.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.tenfold.job.JobError;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Numbers and errors as people read them. */
final class Words {

    private static final double KILO = 1_000;
    private static final int SECONDS_PER_MINUTE = 60;
    private static final int MINUTES_PER_HOUR = 60;

    private static final int METRICS_SHOWN = 2;

    private Words() {}

    /** Such as {@code bad_request (training.epochs): epochs is 0; …}. */
    static String of(JobError error) {
        return error(error.code().wire(), error.param(), error.message());
    }

    /** The same of an error as it stands in an event. */
    static String ofError(JsonNode error) {
        return error(
                error.path("code").asText("internal"),
                error.hasNonNull("param") ? error.path("param").asText() : null,
                error.path("message").asText("no message"));
    }

    private static String error(String code, @org.jspecify.annotations.Nullable String param, String message) {
        return code + (param == null ? "" : " (" + param + ")") + ": " + message;
    }

    /** Bytes in decimal units, such as {@code 1.2 MB}. */
    static String bytes(double bytes) {
        double amount = bytes;
        for (String unit : new String[] {"bytes", "kB", "MB", "GB"}) {
            if (amount < KILO) {
                return (unit.equals("bytes") ? "%.0f %s" : "%.1f %s").formatted(amount, unit);
            }
            amount /= KILO;
        }
        return "%.1f TB".formatted(amount);
    }

    /** Seconds as {@code 0:07}, {@code 12:30} or {@code 1:02:03}. */
    static String clock(double seconds) {
        long whole = Math.round(Math.max(0, seconds));
        long minutes = whole / SECONDS_PER_MINUTE;
        return minutes < MINUTES_PER_HOUR
                ? "%d:%02d".formatted(minutes, whole % SECONDS_PER_MINUTE)
                : "%d:%02d:%02d"
                        .formatted(minutes / MINUTES_PER_HOUR, minutes % MINUTES_PER_HOUR, whole % SECONDS_PER_MINUTE);
    }

    /** A whole number with separators. */
    static String count(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }

    /**
     * The first few numbers among the metrics, such as {@code accuracy 0.9120, f1 0.9090}; the main one comes first. Where
     * there is none, as of two domains, the main one of each: {@code source accuracy 0.9120, target accuracy 0.8310}.
     */
    static String metrics(JsonNode metrics) {
        String own = numbers(metrics).limit(METRICS_SHOWN).collect(Collectors.joining(", "));
        return own.isEmpty()
                ? metrics.properties().stream()
                        .flatMap(part -> numbers(part.getValue()).limit(1).map(number -> part.getKey() + " " + number))
                        .limit(METRICS_SHOWN)
                        .collect(Collectors.joining(", "))
                : own;
    }

    private static Stream<String> numbers(JsonNode metrics) {
        return metrics.properties().stream()
                .filter(metric -> metric.getValue().isNumber())
                .map(metric -> metric.getKey()
                        + " "
                        + "%.4f".formatted(metric.getValue().asDouble()));
    }
}
