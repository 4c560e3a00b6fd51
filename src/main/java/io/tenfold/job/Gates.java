package io.tenfold.job;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What an artifact must pass to be published; null, or empty, where it is not asked.
 *
 * @param minMetrics the least that metrics of the validation rows may be, by name
 * @param maxSeconds of the attempt that would publish
 * @param mustBeat an earlier artifact that scores no better on the same validation rows
 * @param maxForgetting the most that the score of an earlier task may have fallen
 */
public record Gates(
        Map<String, Double> minMetrics,
        @Nullable Integer maxSeconds,
        @Nullable Long maxArtifactBytes,
        @Nullable String mustBeat,
        @Nullable Double maxForgetting) {

    /** Everything passes. */
    public static final Gates NONE = new Gates(Map.of(), null, null, null, null);

    /**
     * Reads them.
     *
     * @param metrics the names of the metrics that there will be
     * @param usual the metric that a single number is meant for
     * @param scored whether there are rows to be scored
     */
    static Gates read(Fields f, List<String> metrics, String usual, boolean scored) {
        Map<String, Double> least = minMetrics(f, metrics, usual);
        Integer seconds = f.integer("max_seconds", 1, Integer.MAX_VALUE);
        Double bytes = f.number("max_artifact_bytes", x -> x >= 1 && x == Math.rint(x), "a whole number from 1");
        String beaten = f.text("must_beat", null);
        boolean bounded = MetricNames.most(usual) <= 1;
        Double forgetting =
                f.number("max_forgetting", x -> x >= 0 && (!bounded || x <= 1), bounded ? "from 0 to 1" : "0 or above");
        for (String name : List.of("min_metric", "must_beat", "max_forgetting")) {
            if (f.has(name) && !scored) {
                f.error(name, "%s needs scores; give data.validation".formatted(f.param(name)));
            }
        }
        f.refuseUnknown();
        return new Gates(least, seconds, bytes == null ? null : Long.valueOf(bytes.longValue()), beaten, forgetting);
    }

    private static Map<String, Double> minMetrics(Fields f, List<String> metrics, String usual) {
        String name = "min_metric";
        JsonNode value = f.raw(name);
        Map<String, Double> least = new LinkedHashMap<>();
        if (value.isObject()) {
            value.fieldNames()
                    .forEachRemaining(metric -> check(f, name, f.param(name) + "." + metric, metric, metrics));
            least.putAll(f.numbersByName(name, Double::isFinite, "a number"));
        } else {
            Double number = f.number(name, Double::isFinite, "a number, or an object of numbers by metric");
            if (number != null) {
                check(f, name, f.param(name), usual, metrics);
                least.put(usual, number);
            }
        }
        return least;
    }

    private static void check(Fields f, String name, String param, String metric, List<String> metrics) {
        if (!metrics.contains(metric)) {
            f.error(name, Fields.notOneOf(param, metric, metrics));
        } else if (MetricNames.lowerIsBetter(metric)) {
            f.error(
                    name,
                    "%s is a least value, but of %s less is better; name another metric, such as {\"%s\": 0.9}"
                            .formatted(
                                    param,
                                    metric,
                                    metrics.stream()
                                            .filter(other -> !MetricNames.lowerIsBetter(other))
                                            .findFirst()
                                            .orElseThrow()));
        }
    }
}
