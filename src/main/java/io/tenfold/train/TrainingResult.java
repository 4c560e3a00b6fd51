package io.tenfold.train;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What came of a training run; the network holds the weights that are to be published.
 *
 * @param steps optimiser steps in all
 * @param bestStep the step whose weights are published
 * @param metrics of these weights on the validation set; empty without one
 * @param examplesPerSecond the loop alone, from the third step of this attempt on; 0 when there were fewer
 * @param tokensPerSecond likewise
 * @param scored these weights on the validation rows, where this attempt has scored them already
 * @param curve mean losses over the steps of each logging interval
 */
@JsonIgnoreProperties("scored")
public record TrainingResult(
        long steps,
        long bestStep,
        Map<String, Object> metrics,
        double examplesPerSecond,
        double tokensPerSecond,
        double evaluationSeconds,
        double checkpointSeconds,
        @Nullable Scored scored,
        List<CurvePoint> curve,
        List<Evaluation> evaluations) {

    /** A logging interval that ended with {@code step}. */
    public record CurvePoint(long step, double loss) {}

    /** One scoring of the validation set. */
    public record Evaluation(long step, Map<String, Object> metrics) {}

    /** The same with the scores that stand in the end, and the seconds that these took. */
    TrainingResult with(Scored last, double seconds) {
        return new TrainingResult(
                steps,
                bestStep,
                last.metrics(),
                examplesPerSecond,
                tokensPerSecond,
                evaluationSeconds + seconds,
                checkpointSeconds,
                last,
                curve,
                evaluations);
    }
}
