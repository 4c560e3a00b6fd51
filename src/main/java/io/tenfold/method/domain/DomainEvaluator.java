package io.tenfold.method.domain;

import io.tenfold.model.Network;
import io.tenfold.train.Evaluator;
import io.tenfold.train.Forward;
import io.tenfold.train.Inputs;
import io.tenfold.train.Predicted;
import io.tenfold.train.Scored;
import io.tenfold.train.TaskRows;
import io.tenfold.train.TrainingLoop;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.LongConsumer;
import java.util.function.Supplier;

/**
 * Scores each domain's validation rows; the metrics have a map for each by name.
 *
 * @param forward the way through the network by the domain's name
 * @param more what else there is to say after a pass
 * @param domains each with validation rows
 */
record DomainEvaluator(
        Network network,
        Function<String, Forward> forward,
        Supplier<Map<String, Object>> more,
        List<TaskRows> domains,
        Inputs inputs)
        implements Evaluator {

    /** What tells rows of domains apart in the predictions' file. */
    static final String FIELD = "domain";

    @Override
    public Scored score(LongConsumer between) {
        Map<String, Object> metrics = new LinkedHashMap<>();
        List<Scored.Rows> sets = new ArrayList<>();
        for (TaskRows rows : domains) {
            Predicted predictions = Predicted.of(
                    network,
                    forward.apply(rows.name()),
                    Objects.requireNonNull(rows.validation()),
                    TrainingLoop.evalBatchSize(inputs.options()),
                    inputs.backend(),
                    between);
            metrics.put(rows.name(), Scored.metrics(rows, predictions));
            sets.add(new Scored.Rows(FIELD, rows, predictions));
        }
        metrics.putAll(more.get());
        return new Scored(metrics, sets);
    }
}
