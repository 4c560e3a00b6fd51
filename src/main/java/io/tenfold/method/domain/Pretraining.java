package io.tenfold.method.domain;

import ai.djl.ndarray.NDArray;
import io.tenfold.data.TokenizedSet;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.FineTuneRequest;
import io.tenfold.job.JobException;
import io.tenfold.model.HeadSpec;
import io.tenfold.model.ModelHooks;
import io.tenfold.model.Network;
import io.tenfold.tensor.Parameters;
import io.tenfold.train.Forward;
import io.tenfold.train.Inputs;
import io.tenfold.train.LanguageObjective;
import io.tenfold.train.LoopHooks;
import io.tenfold.train.ModelFiles;
import io.tenfold.train.Networks;
import io.tenfold.train.Objective;
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
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/** Language modelling on the domains' texts, then the task from these weights. */
final class Pretraining implements Stage {

    private static final String PRETRAIN = "pretrain";

    /** What the language head is called beside the task's, which has no name. */
    private static final String LANGUAGE = "language";

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
        return new Recipe() {
            @Override
            public List<Stage> stages() {
                return List.of(new Pretraining(config), tune);
            }

            // What came of the first stage, too.
            @Override
            public Finish finish(Inputs inputs, List<StageOutcome> done) {
                Finish usual = Recipe.super.finish(inputs, done);
                Map<String, Object> metrics = new LinkedHashMap<>(usual.metrics());
                metrics.put(PRETRAIN, done.getFirst().result().metrics());
                return new Finish(usual.published(), metrics, usual.besides());
            }
        };
    }

    @Override
    public String name() {
        return PRETRAIN;
    }

    /** Without rows to be scored: the head is not trained yet. */
    @Override
    public Inputs inputs(Inputs job, List<StageOutcome> done) {
        TaskRows rows = job.task();
        return job.of(new TaskRows(rows.name(), rows.task(), rows.labels(), rows.training(), null, rows.texts()));
    }

    /** The task's head stays as it is, so that whatever the checkpoint has (a pooler) is there for the task. */
    @Override
    public Tuning prepare(Inputs inputs, List<StageOutcome> done) {
        return Networks.isDecoder(inputs.modelFolder()) ? nextWords(inputs) : maskedWords(inputs);
    }

    private Tuning maskedWords(Inputs inputs) {
        TokenizedSet target = Domains.of(inputs)
                .targetRows(Domains.LEAST_ROWS, "kind pretrain learns a domain's language from its texts");
        Masking masking = masking(inputs);
        HeldOut texts = HeldOut.of(
                config.both() ? inputs.training().followedBy(target) : target,
                Domains.of(inputs).target().validation(),
                inputs.options().seed());
        Network network = network(inputs, HeadSpec.maskedLmOrNew());
        MaskedLm objective = new MaskedLm(network, masking);
        return tuning(inputs, network, texts, objective, objective)
                .withEvaluator(HeldOutWords.masked(network, masking, texts.scored(), inputs));
    }

    /** A decoder learns the next word of the texts, which are joined and split: none of them is cut off. */
    private Tuning nextWords(Inputs inputs) {
        maskOption(inputs.request()).ifPresent(option -> {
            throw new JobException(ErrorCode.BAD_REQUEST, option, masksNothing(option));
        });
        TaskRows.Texts target =
                Objects.requireNonNull(Domains.of(inputs).target().texts());
        TokenizedSet learnt = config.both()
                ? Objects.requireNonNull(inputs.task().texts()).training().followedBy(target.training())
                : target.training();
        if (learnt.size() < 2) {
            throw new JobException(
                    ErrorCode.BAD_DATA,
                    "data.target.train",
                    "data.target.train has texts for one row of training.max_length %d, but kind pretrain learns from several; give more texts, or a smaller max_length"
                            .formatted(inputs.options().maxLength()));
        }
        HeldOut texts = HeldOut.of(learnt, target.others(), inputs.options().seed());
        Network network = network(inputs, HeadSpec.causalLm());
        return tuning(inputs, network, texts, new LanguageObjective(network), LoopHooks.NONE)
                .withEvaluator(HeldOutWords.next(network, texts.scored(), inputs));
    }

    /** The option of a request that has words masked, as errors name it; empty where none is given. */
    static Optional<String> maskOption(FineTuneRequest request) {
        return Stream.of("mlm_probability", "whole_word")
                .filter(request.method().options()::hasNonNull)
                .map("method."::concat)
                .findFirst();
    }

    /** @param option as {@link #maskOption} names it */
    static String masksNothing(String option) {
        return "%s is given, but a decoder learns the next word, and none is masked; leave it out, or take an encoder"
                .formatted(option);
    }

    /** A task's head beside the language's, unless the task is a language. */
    private static Network network(Inputs inputs, HeadSpec language) {
        Map<String, HeadSpec> heads = new LinkedHashMap<>();
        if (!inputs.task().head().vocabulary()) {
            heads.put(LANGUAGE, language);
        }
        heads.put("", inputs.task().head());
        return Networks.load(inputs.withHeads(heads), ModelHooks.NONE);
    }

    private Tuning tuning(Inputs inputs, Network network, HeldOut texts, Objective objective, LoopHooks hooks) {
        Parameters ofTheTask = network.headParameters("");
        Parameters trained = network.parameters().matching(parameter -> !ofTheTask.contains(parameter.name()));
        trained.trainable(true);
        Parameters ofLanguage = network.heads().containsKey(LANGUAGE) ? network.headParameters(LANGUAGE) : ofTheTask;
        return new Tuning(
                network,
                Forward.of(network),
                ParameterGroups.of(trained, inputs.options().weightDecay()),
                objective,
                config.learningRate(),
                hooks,
                folder -> ModelFiles.write(folder, network, brought(network, ofTheTask), inputs.tokenizer()),
                trained.size() - ofLanguage.size(),
                null,
                plan(texts.training(), inputs));
    }

    /** Without what was drawn for the task, which draws it again: to the next stage it would look like the checkpoint's. */
    private static Map<String, NDArray> brought(Network network, Parameters ofTheTask) {
        Map<String, NDArray> tensors = new LinkedHashMap<>(network.savedTensors());
        network.report().drawn().stream().filter(ofTheTask::contains).forEach(tensors::remove);
        return tensors;
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
