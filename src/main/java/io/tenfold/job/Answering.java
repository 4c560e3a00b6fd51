package io.tenfold.job;

import io.tenfold.job.FineTuneRequest.Data;
import io.tenfold.job.FineTuneRequest.DataShape;
import io.tenfold.job.FineTuneRequest.Task;
import io.tenfold.job.FineTuneRequest.TaskType;
import io.tenfold.job.FineTuneRequest.TrainOn;
import java.util.ArrayList;
import java.util.List;

/** What {@code training.generate}, and metrics of written answers, ask of the rest of a request. */
final class Answering {

    private static final String GENERATE = "generate";

    private Answering() {}

    /**
     * Notes everything that does not go together.
     *
     * @param t the request's {@code training}
     * @param g the request's {@code gates}
     */
    static void check(Fields t, Fields g, TrainingOptions training, Data data, Gates gates) {
        if (training.generate() > 0) {
            checkGenerate(t, training, data);
        }
        String metric = training.metric();
        List<String> wanted = new ArrayList<>(gates.minMetrics().keySet());
        if (metric != null) {
            wanted.add(metric);
        }
        if (training.generate() > 0) {
            if (metric != null && MetricNames.ofWritten(metric) && gates.mustBeat() != null) {
                g.error(
                        "must_beat",
                        "%s is judged by %s, but the other artifact writes no answers; take another metric"
                                .formatted(g.param("must_beat"), metric));
            }
            return;
        }
        wanted.stream().filter(MetricNames::ofWritten).findFirst().ifPresent(name -> {
            boolean chosen = name.equals(metric);
            Fields fields = chosen ? t : g;
            String field = chosen ? "metric" : "min_metric";
            fields.error(
                    field,
                    "%s is %s, which is of answers that the model writes; give %s the most tokens of an answer, such as 64"
                            .formatted(fields.param(field), name, t.param(GENERATE)));
        });
    }

    private static void checkGenerate(Fields t, TrainingOptions training, Data data) {
        String name = t.param(GENERATE);
        Task task = data.tasks().getFirst().task();
        if (task.type() != TaskType.CAUSAL_LM) {
            t.error(
                    GENERATE,
                    "%s is %d, but %s writes nothing; leave it out"
                            .formatted(name, training.generate(), task.type().wire()));
        } else if (data.shape() != DataShape.ONE) {
            t.error(GENERATE, "%s is for one task on one domain; leave it out".formatted(name));
        } else if (task.trainOn() == TrainOn.ALL) {
            t.error(
                    GENERATE,
                    "%s needs rows with answers, but task.train_on is all, which tells none apart; take completion or last"
                            .formatted(name));
        } else if (!data.scored()) {
            t.error(GENERATE, "%s answers the validation rows; give data.validation".formatted(name));
        } else if (training.maxPredictions() == 0) {
            t.error(
                    GENERATE,
                    "%s answers the first %s validation rows, which is 0; give more"
                            .formatted(name, t.param("max_predictions")));
        }
    }
}
