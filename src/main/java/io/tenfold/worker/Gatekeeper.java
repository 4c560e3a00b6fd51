package io.tenfold.worker;

import io.tenfold.checkpoint.Manifest;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.FineTuneRequest;
import io.tenfold.job.Gates;
import io.tenfold.job.JobError;
import io.tenfold.job.JobEvent.Gate;
import io.tenfold.job.MetricNames;
import io.tenfold.train.Recipe;
import io.tenfold.train.Scored;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Judges an artifact by the request's gates before it is published. */
final class Gatekeeper {

    private static final String MUST_BEAT = "gates.must_beat";

    private Gatekeeper() {}

    /**
     * The first gate that is not passed.
     *
     * @param seconds that the attempt took so far
     * @param toBeat the score of the artifact of {@code must_beat}; null: none
     */
    static Optional<Gate> judge(
            FineTuneRequest request, Recipe.Finish finish, double seconds, @Nullable Double toBeat) {
        Gates gates = request.gates();
        Map<String, Object> metrics = finish.metrics();
        for (Map.Entry<String, Double> least : gates.minMetrics().entrySet()) {
            double value = Scored.score(metrics, least.getKey());
            // NaN, such as the correlation of a constant, passes no gate.
            if (!(value >= least.getValue())) {
                return Optional.of(new Gate("gates.min_metric", least.getKey(), value, least.getValue()));
            }
        }
        if (toBeat != null) {
            String metric = request.metric();
            double value = Scored.score(metrics, metric);
            // What is not defined, such as the correlation of a constant, is beaten by any number.
            boolean beaten = Double.isNaN(toBeat)
                    ? !Double.isNaN(value)
                    : MetricNames.lowerIsBetter(metric) ? value < toBeat : value > toBeat;
            if (!beaten) {
                return Optional.of(new Gate(MUST_BEAT, metric, value, toBeat));
            }
        }
        Double forgetting = gates.maxForgetting();
        if (forgetting != null && finish.metrics().get("forgetting_by_task") instanceof Map<?, ?> lost) {
            for (Map.Entry<?, ?> task : lost.entrySet()) {
                // NaN passes no gate here either.
                if (task.getValue() instanceof Number number && !(number.doubleValue() <= forgetting)) {
                    return Optional.of(new Gate(
                            "gates.max_forgetting", String.valueOf(task.getKey()), number.doubleValue(), forgetting));
                }
            }
        }
        Integer longest = gates.maxSeconds();
        if (longest != null && seconds > longest) {
            return Optional.of(new Gate("gates.max_seconds", "seconds", seconds, longest));
        }
        Long largest = gates.maxArtifactBytes();
        long bytes = Manifest.bytes(finish.published().folder());
        if (largest != null && bytes > largest) {
            return Optional.of(new Gate("gates.max_artifact_bytes", "artifact_bytes", bytes, largest));
        }
        return Optional.empty();
    }

    /** @param evidence where the files lie */
    static JobError error(Gate gate, String evidence) {
        String wanted =
                switch (gate.name()) {
                    case "gates.min_metric" -> "at least";
                    case MUST_BEAT -> MetricNames.lowerIsBetter(gate.of()) ? "less than" : "more than";
                    default -> "at most";
                };
        return new JobError(
                ErrorCode.QUALITY_GATE,
                "%s: %s is %s, the gate asks for %s %s; nothing was published, the files lie in %s"
                        .formatted(
                                gate.name(), gate.of(), number(gate.value()), wanted, number(gate.limit()), evidence),
                gate.name());
    }

    private static String number(double value) {
        return value == Math.rint(value) && Math.abs(value) < 1e15
                ? "%,d".formatted((long) value)
                : String.valueOf(value);
    }
}
