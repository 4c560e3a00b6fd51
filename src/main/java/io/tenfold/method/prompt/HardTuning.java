package io.tenfold.method.prompt;

import ai.djl.ndarray.NDArray;
import io.tenfold.data.Batch;
import io.tenfold.data.TokenizedSet;
import io.tenfold.model.HeadSpec;
import io.tenfold.model.ModelHooks;
import io.tenfold.model.Network;
import io.tenfold.tensor.AdamW;
import io.tenfold.tensor.Ops;
import io.tenfold.tensor.Parameters;
import io.tenfold.train.Evaluator;
import io.tenfold.train.Inputs;
import io.tenfold.train.Networks;
import io.tenfold.train.Objective;
import io.tenfold.train.ParameterGroups;
import io.tenfold.train.Scored;
import io.tenfold.train.Tuning;
import java.util.List;
import java.util.Objects;

/** Sets a job with hard prompts up: zero-shot, or trained on a few rows of each class. */
final class HardTuning {

    private final HardConfig config;
    private final Inputs inputs;

    private HardTuning(HardConfig config, Inputs inputs) {
        this.config = config;
        this.inputs = inputs;
    }

    /**
     * The tuning of a job.
     *
     * @param usualRate where the request names none
     * @throws JobException bad_request where options, data and model don't fit, bad_model without a language head
     */
    static Tuning of(HardConfig config, Inputs inputs, double usualRate) {
        return new HardTuning(config, inputs).tuning(usualRate);
    }

    private Tuning tuning(double usualRate) {
        List<Template> templates = config.templates().stream().map(Template::of).toList();
        Verbalizer verbalizer = Verbalizer.of(config.verbalizer(), inputs.labels(), inputs.tokenizer());
        boolean pairs = inputs.request().data().columns().text2() != null;
        Gap.of(inputs.tokenizer(), templates, verbalizer)
                .check(pairs, inputs.options().maxLength());
        Network network = Networks.load(inputs, HeadSpec.maskedLm(), ModelHooks.NONE);
        HardModel model = new HardModel(network, inputs.tokenizer(), templates, verbalizer);
        HardSelection selection = new HardSelection(config, model, inputs);
        Parameters trained = config.shots() == 0 ? new Parameters() : network.parameters();
        trained.trainable(true);
        List<AdamW.Group> groups = ParameterGroups.of(trained, inputs.options().weightDecay());
        Double asked = inputs.options().learningRate();
        return new Tuning(
                network,
                selection::labels,
                groups,
                new Cloze(model),
                asked == null ? usualRate : asked,
                selection,
                folder -> HardFile.of(config, model, selection)
                        .write(folder, inputs, config.shots() > 0 ? network : null),
                trained.size(),
                inputs.validation() == null ? null : evaluator(selection),
                null);
    }

    private Evaluator evaluator(HardSelection selection) {
        TokenizedSet validation = Objects.requireNonNull(inputs.validation());
        return between -> Scored.of(inputs.task(), selection.predict(validation, between));
    }

    /**
     * The cross-entropy of the labels' scores at the mask (Schick and Schütze 2021, section 3.1), the mean over the
     * templates; without the auxiliary language modelling. Nothing is calibrated while weights move.
     */
    private record Cloze(HardModel model) implements Objective {

        @Override
        public NDArray lossSum(Batch batch, boolean training) {
            NDArray sum = null;
            for (int template = 0; template < model.templates(); template++) {
                NDArray own = Ops.crossEntropySum(model.labels(batch, template, null, training), batch.labels());
                sum = sum == null ? own : Ops.add(sum, own);
            }
            return java.util.Objects.requireNonNull(sum).div(model.templates());
        }

        @Override
        public long units(TokenizedSet set, int[] rows) {
            return rows.length;
        }
    }
}
