package io.tenfold.train;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Where the loop stands, less the arrays; a checkpoint holds it as JSON. The random state follows from seed and step. */
final class TrainingState {

    @JsonProperty
    long step;

    @JsonProperty
    long bestStep;

    @JsonProperty
    @Nullable
    Double bestScore;

    @JsonProperty
    Map<String, Object> bestMetrics = new LinkedHashMap<>();

    @JsonProperty
    int evaluationsWithoutGain;

    /** The validation set was being scored when the run stopped. */
    @JsonProperty
    boolean evaluationPending;

    /** Sum and number of the steps' mean losses since the last point of the curve. */
    @JsonProperty
    double lossSum;

    @JsonProperty
    int lossCount;

    @JsonProperty
    List<TrainingResult.CurvePoint> curve = new ArrayList<>();

    @JsonProperty
    List<TrainingResult.Evaluation> evaluations = new ArrayList<>();
}
