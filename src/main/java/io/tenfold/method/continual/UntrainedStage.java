package io.tenfold.method.continual;

import io.tenfold.model.ModelHooks;
import io.tenfold.model.Network;
import io.tenfold.train.Inputs;
import io.tenfold.train.LoopHooks;
import io.tenfold.train.Networks;
import io.tenfold.train.Stage;
import io.tenfold.train.StageOutcome;
import io.tenfold.train.Tuning;
import java.util.List;

/** Scores the base on all tasks with the heads that they will begin with: what forward transfer is measured by. */
record UntrainedStage(ContinualConfig config) implements Stage {

    @Override
    public String name() {
        return Standing.UNTRAINED;
    }

    @Override
    public Tuning prepare(Inputs inputs, List<StageOutcome> done) {
        Standing standing = Standing.of(config, inputs, done);
        Network network = Networks.load(inputs.withHeads(standing.heads()), ModelHooks.NONE);
        Heads heads = new Heads(network);
        return new Tuning(
                network,
                heads.forward(inputs.task()),
                List.of(),
                heads.objective(inputs.task()),
                0,
                LoopHooks.NONE,
                _ -> {},
                0,
                new TaskScores(inputs, task -> new TaskScores.Way(network, heads.forward(task)))
                        .untrained(standing.tasks()),
                null);
    }
}
