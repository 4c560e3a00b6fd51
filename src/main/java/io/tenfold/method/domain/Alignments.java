package io.tenfold.method.domain;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.tenfold.data.Batch;
import io.tenfold.data.BatchPlan;
import io.tenfold.data.TokenizedSet;
import io.tenfold.job.TrainingOptions;
import io.tenfold.model.ModelHooks;
import io.tenfold.model.Network;
import io.tenfold.tensor.Ops;
import io.tenfold.tensor.Parameters;
import io.tenfold.train.Forward;
import io.tenfold.train.Inputs;
import io.tenfold.train.ModelFiles;
import io.tenfold.train.Networks;
import io.tenfold.train.Objective;
import io.tenfold.train.StepPlan;
import io.tenfold.train.Tuning;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongFunction;
import java.util.stream.LongStream;

/**
 * The task on the source's rows, and beside it a loss on the features of these and of as many target rows: each row's
 * first token after the last layer, which the head reads. Both go through the network at once.
 */
final class Alignments {

    private Alignments() {}

    /** @param usualRate where the request names none */
    static Tuning tuning(Inputs inputs, double usualRate, LongFunction<Alignment> ofWidth) {
        Domains domains = Domains.of(inputs);
        TokenizedSet source = inputs.training();
        int batch = inputs.options().batchSize();
        TokenizedSet target = domains.targetRows(
                Math.max(batch, Domains.LEAST_ROWS),
                "each step takes a batch of different ones (training.batch_size is %d)".formatted(batch));
        Network network = Networks.load(inputs, ModelHooks.NONE);
        Alignment alignment = ofWidth.apply(network.hiddenSize());
        Parameters trained = new Parameters(network.parameters().list());
        trained.addAll(alignment.own());
        List<String> notTheMethods = new ArrayList<>(network.newModules());
        notTheMethods.add(Adversary.NAME);
        Tuning tuning = Tuning.ofHead(
                        inputs,
                        network,
                        trained,
                        usualRate,
                        notTheMethods,
                        folder -> ModelFiles.write(folder, network, inputs.tokenizer()))
                .withObjective(new Pairs(network, alignment))
                .withPlan(plan(source, target, inputs.options()))
                .withHooks(alignment);
        return domains.scored().isEmpty()
                ? tuning
                : tuning.withEvaluator(new DomainEvaluator(
                        network,
                        domain -> observed(network, alignment, domain),
                        alignment::observed,
                        domains.scored(),
                        inputs));
    }

    private static Forward observed(Network network, Alignment alignment, String domain) {
        return (batch, training) -> {
            NDArray features = network.hiddenAfter(network.layers(), batch.tokens(), training);
            alignment.observe(domain, features);
            return network.headLogits("", features, training);
        };
    }

    /** The source's plan; each part has target rows after its own, in an order of their own that goes on from part to part. */
    private static StepPlan plan(TokenizedSet source, TokenizedSet target, TrainingOptions options) {
        TokenizedSet both = source.followedBy(target);
        StepPlan sources = StepPlan.of(source, options);
        BatchPlan targets = new BatchPlan(target.size(), 1, ~options.seed(), options.shuffle());
        int accumulation = options.gradientAccumulationSteps();
        return new StepPlan(
                step -> {
                    List<StepPlan.Part> parts = new ArrayList<>();
                    for (StepPlan.Part part : sources.rows().apply(step)) {
                        long begin = ((step - 1) * accumulation + parts.size()) * options.batchSize();
                        parts.add(new StepPlan.Part(both, pairs(part.rows(), begin, source.size(), targets)));
                    }
                    return parts;
                },
                sources.stepsPerEpoch(),
                sources.totalSteps());
    }

    private static int[] pairs(int[] rows, long begin, int first, BatchPlan targets) {
        int[] pairs = Arrays.copyOf(rows, rows.length * 2);
        for (int i = 0; i < rows.length; i++) {
            pairs[rows.length + i] = first + targets.batch(begin + i)[0];
        }
        return pairs;
    }

    /** A unit is a source row; the first half of a batch is the source's. */
    private record Pairs(Network network, Alignment alignment) implements Objective {

        @Override
        public NDArray lossSum(Batch batch, boolean training) {
            int rows = batch.size() / 2;
            NDManager scope = batch.scope();
            NDArray first = scope.create(LongStream.range(0, rows).toArray());
            NDArray second = scope.create(LongStream.range(rows, 2L * rows).toArray());
            NDArray features = network.hiddenAfter(network.layers(), batch.tokens(), training);
            NDArray source = Ops.rows(features, first);
            Batch labelled = Batch.of(scope, batch.set(), Arrays.copyOf(batch.rows(), rows));
            NDArray task = Objective.headLoss(network.headLogits("", source, training), labelled);
            return Ops.add(task, alignment.lossSum(source, Ops.rows(features, second)));
        }

        @Override
        public long units(TokenizedSet set, int[] rows) {
            return rows.length / 2;
        }

        @Override
        public boolean needsWholeBatches() {
            return true;
        }
    }
}
