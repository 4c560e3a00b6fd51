package io.tenfold.method.prompt;

import ai.djl.ndarray.NDArray;
import io.tenfold.data.Batch;
import io.tenfold.data.TokenizedSet;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import io.tenfold.model.HeadSpec;
import io.tenfold.model.ModelHooks;
import io.tenfold.model.Network;
import io.tenfold.tensor.AdamW;
import io.tenfold.tensor.Ops;
import io.tenfold.tensor.Parameters;
import io.tenfold.train.Inputs;
import io.tenfold.train.Networks;
import io.tenfold.train.Objective;
import io.tenfold.train.ParameterGroups;
import io.tenfold.train.Tuning;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

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
     * @throws JobException bad_request where options, data and model don't fit, bad_model without a masked-LM head
     */
    static Tuning of(HardConfig config, Inputs inputs, double usualRate) {
        return new HardTuning(config, inputs).tuning(usualRate);
    }

    private Tuning tuning(double usualRate) {
        check();
        List<Template> templates = config.templates().stream().map(Template::of).toList();
        Verbalizer verbalizer = Verbalizer.of(config.verbalizer(), inputs.labels(), inputs.tokenizer());
        if (config.shots() > 0) {
            verbalizer.demandOneToken(inputs.tokenizer());
        }
        TemplateEncoder encoder = HardModel.encoder(inputs.tokenizer(), templates, verbalizer);
        encoder.check(hasPairs(), inputs.options().maxLength());
        TokenizedSet validation = inputs.splits().validation(encoder);
        TokenizedSet training =
                config.shots() == 0 ? inputs.training() : drawn(inputs.splits().training(encoder));
        Network network = Networks.load(inputs, HeadSpec.maskedLm(), ModelHooks.NONE);
        HardModel model = new HardModel(network, inputs.tokenizer(), templates, verbalizer);
        HardSelection selection = new HardSelection(config, model, inputs);
        Parameters trained = config.shots() == 0 ? new Parameters() : network.parameters();
        trained.trainable(true);
        List<AdamW.Group> groups = ParameterGroups.of(trained, inputs.options().weightDecay());
        Double asked = inputs.options().learningRate();
        return new Tuning(
                network,
                (batch, training1) -> model.labels(batch, selection.latest(), null, training1),
                groups,
                new Cloze(model),
                asked == null ? usualRate : asked,
                selection,
                folder -> HardFile.of(config, model, selection)
                        .write(folder, inputs, config.shots() > 0 ? network : null),
                trained.size(),
                new Tuning.Rows(training, validation),
                selection);
    }

    private boolean hasPairs() {
        return inputs.request().data().columns().text2() != null;
    }

    private void check() {
        if (inputs.tokenizer().maskId() < 0) {
            throw new JobException(
                    ErrorCode.BAD_MODEL,
                    "model",
                    "the model's tokenizer has no mask token; take another model, or kind soft");
        }
    }

    /** So many rows of each class, drawn by the seed, in file order. */
    private TokenizedSet drawn(TokenizedSet set) {
        List<List<Integer>> byClass = new ArrayList<>();
        inputs.labels().forEach(_ -> byClass.add(new ArrayList<>()));
        for (int row = 0; row < set.size(); row++) {
            byClass.get(set.label(row)).add(row);
        }
        SplittableRandom random = new SplittableRandom(inputs.options().seed());
        int[] drawn = IntStream.range(0, byClass.size())
                .flatMap(label -> draw(byClass.get(label), inputs.labels().get(label), random.split()))
                .sorted()
                .toArray();
        return set.only(drawn);
    }

    private IntStream draw(List<Integer> rows, String label, SplittableRandom random) {
        if (rows.size() < config.shots()) {
            throw refused(
                    "method.shots",
                    "method.shots is %d, but the training file has %d rows of %s; give at most that"
                            .formatted(config.shots(), rows.size(), label));
        }
        int[] shuffled = rows.stream().mapToInt(Integer::intValue).toArray();
        for (int i = 0; i < config.shots(); i++) {
            int other = random.nextInt(i, shuffled.length);
            int row = shuffled[other];
            shuffled[other] = shuffled[i];
            shuffled[i] = row;
        }
        return Arrays.stream(shuffled).limit(config.shots());
    }

    private static JobException refused(String param, String message) {
        return new JobException(ErrorCode.BAD_REQUEST, param, message);
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
