package io.tenfold.method.domain;

import io.tenfold.data.TokenizedSet;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import io.tenfold.model.ModelHooks;
import io.tenfold.model.Network;
import io.tenfold.train.Evaluator;
import io.tenfold.train.Forward;
import io.tenfold.train.Inputs;
import io.tenfold.train.ModelFiles;
import io.tenfold.train.Networks;
import io.tenfold.train.Recipe;
import io.tenfold.train.Stage;
import io.tenfold.train.StageOutcome;
import io.tenfold.train.StepPlan;
import io.tenfold.train.TaskRows;
import io.tenfold.train.Tuning;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The labelled domain and the one that is wanted. */
record Domains(TaskRows source, TaskRows target) {

    static final String SOURCE = "source";

    /** Fewer texts say nothing of a domain. */
    static final int LEAST_ROWS = 8;

    /** The domains of a job with {@code data.target}. */
    static Domains of(Inputs job) {
        TaskRows rows = job.task();
        return new Domains(
                new TaskRows(SOURCE, rows.task(), rows.labels(), rows.training(), rows.validation(), rows.texts()),
                Objects.requireNonNull(job.target()));
    }

    /** Those with rows to be scored, the source first. */
    List<TaskRows> scored() {
        return List.of(source, target).stream()
                .filter(rows -> rows.validation() != null)
                .toList();
    }

    /**
     * The target's training rows.
     *
     * @param least how many there must be
     * @throws JobException bad_data where there are fewer
     */
    TokenizedSet targetRows(int least, String why) {
        TokenizedSet rows = Objects.requireNonNull(target.training());
        refuseFew(rows, "data.target.train", least, why);
        return rows;
    }

    /** @throws JobException bad_data where there are fewer than {@code least} rows */
    static void refuseFew(TokenizedSet rows, String param, int least, String why) {
        if (rows.size() < least) {
            throw new JobException(
                    ErrorCode.BAD_DATA,
                    param,
                    "%s has %d rows, but %s; give at least %d".formatted(param, rows.size(), why, least));
        }
    }

    /** All weights on the source's rows, scored on both domains. */
    Tuning tuning(Inputs inputs, double usualRate) {
        Network network = Networks.load(inputs, ModelHooks.NONE);
        Tuning tuning = Tuning.ofHead(
                inputs,
                network,
                network.parameters(),
                usualRate,
                network.newModules(),
                folder -> ModelFiles.write(folder, network, inputs.tokenizer()));
        Evaluator evaluator = evaluator(inputs, network);
        return evaluator == null ? tuning : tuning.withEvaluator(evaluator);
    }

    private @Nullable Evaluator evaluator(Inputs inputs, Network network) {
        Forward forward = Forward.of(network);
        return scored().isEmpty() ? null : new DomainEvaluator(network, _ -> forward, Map::of, scored(), inputs);
    }

    /** The source's rows, and from the weights that come of them the target's labelled ones. */
    static Recipe oneAfterAnother(double usualRate) {
        Stage source = new Stage() {
            @Override
            public String name() {
                return SOURCE;
            }

            @Override
            public Tuning prepare(Inputs inputs, List<StageOutcome> done) {
                Domains domains = of(inputs);
                domains.targetRows(LEAST_ROWS, "kind supervised goes on with the target's labelled rows");
                return domains.tuning(inputs, usualRate);
            }
        };
        Stage target = new Stage() {
            @Override
            public String name() {
                return "target";
            }

            @Override
            public Inputs inputs(Inputs job, List<StageOutcome> done) {
                return job.on(done.getFirst().folder());
            }

            @Override
            public Tuning prepare(Inputs inputs, List<StageOutcome> done) {
                Domains domains = of(inputs);
                return domains.tuning(inputs, usualRate)
                        // What the first stage drew came with its files, and is no less new for that.
                        .withMethodParameters(done.getFirst().methodParameters())
                        .withPlan(StepPlan.of(Objects.requireNonNull(domains.target.training()), inputs.options()));
            }
        };
        return () -> List.of(source, target);
    }
}
