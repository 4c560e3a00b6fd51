package io.tenfold.method.domain;

import io.tenfold.data.TokenizedSet;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import io.tenfold.model.HeadSpec;
import io.tenfold.model.ModelHooks;
import io.tenfold.model.Network;
import io.tenfold.tensor.Parameters;
import io.tenfold.train.Forward;
import io.tenfold.train.Inputs;
import io.tenfold.train.ModelFiles;
import io.tenfold.train.Networks;
import io.tenfold.train.ParameterGroups;
import io.tenfold.train.Recipe;
import io.tenfold.train.Stage;
import io.tenfold.train.StageOutcome;
import io.tenfold.train.StepPlan;
import io.tenfold.train.TaskRows;
import io.tenfold.train.Tuning;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Masked language modelling on the domains' texts, then the task from these weights. */
final class Pretraining implements Stage {

    /** What the masked-LM head is called beside the task's, which has no name. */
    private static final String LANGUAGE = "masked_lm";

    private final DomainConfig.Pretrain config;

    private Pretraining(DomainConfig.Pretrain config) {
        this.config = config;
    }

    /** @param usualRate of the task, where the request names none */
    static Recipe recipe(DomainConfig.Pretrain config, double usualRate) {
        Stage tune = new Stage() {
            @Override
            public String name() {
                return "tune";
            }

            @Override
            public Inputs inputs(Inputs job, List<StageOutcome> done) {
                return job.on(done.getFirst().folder());
            }

            @Override
            public Tuning prepare(Inputs inputs, List<StageOutcome> done) {
                return Domains.of(inputs).tuning(inputs, usualRate);
            }
        };
        return () -> List.of(new Pretraining(config), tune);
    }

    @Override
    public String name() {
        return "pretrain";
    }

    /** Without rows to be scored: the head is not trained yet. */
    @Override
    public Inputs inputs(Inputs job, List<StageOutcome> done) {
        TaskRows rows = job.task();
        return job.of(new TaskRows(rows.name(), rows.task(), rows.labels(), rows.training(), null));
    }

    /** The task's head stays as it is, so that whatever the checkpoint has (a pooler) is there for the task. */
    @Override
    public Tuning prepare(Inputs inputs, List<StageOutcome> done) {
        TokenizedSet target = Domains.of(inputs)
                .targetRows(Domains.LEAST_ROWS, "kind pretrain learns a domain's language from its texts");
        Masking masking = masking(inputs);
        Map<String, HeadSpec> heads = new LinkedHashMap<>();
        heads.put(LANGUAGE, HeadSpec.maskedLmOrNew());
        heads.put("", inputs.task().head());
        Network network = Networks.load(inputs.withHeads(heads), ModelHooks.NONE);
        Parameters ofTheTask = network.headParameters("");
        Parameters trained = network.parameters().matching(parameter -> !ofTheTask.contains(parameter.name()));
        trained.trainable(true);
        MaskedLm objective = new MaskedLm(network, masking);
        return new Tuning(
                network,
                Forward.of(network),
                ParameterGroups.of(trained, inputs.options().weightDecay()),
                objective,
                config.learningRate(),
                objective,
                folder -> ModelFiles.write(folder, network, inputs.tokenizer()),
                trained.size() - network.headParameters(LANGUAGE).size(),
                null,
                plan(config.both() ? inputs.training().followedBy(target) : target, inputs));
    }

    private Masking masking(Inputs inputs) {
        int mask = inputs.tokenizer().maskId();
        if (mask < 0) {
            throw new JobException(
                    ErrorCode.BAD_MODEL,
                    "model",
                    "the model's tokenizer has no mask token, which kind pretrain needs; take another model, or kind dann, coral or mmd");
        }
        return new Masking(
                inputs.tokenizer().kinds(),
                mask,
                config.masks(),
                config.wholeWords(),
                inputs.options().seed());
    }

    private StepPlan plan(TokenizedSet texts, Inputs inputs) {
        StepPlan plan = StepPlan.of(texts, inputs.options());
        long steps = config.steps() > 0 ? config.steps() : plan.stepsPerEpoch() * config.epochs();
        return new StepPlan(plan.rows(), plan.stepsPerEpoch(), steps);
    }
}
