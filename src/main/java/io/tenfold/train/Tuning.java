package io.tenfold.train;

import io.tenfold.data.TokenizedSet;
import io.tenfold.job.FineTuneRequest.TaskType;
import io.tenfold.model.HeadSpec;
import io.tenfold.model.Network;
import io.tenfold.tensor.AdamW;
import io.tenfold.tensor.Parameters;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a method hands to the loop: a network with the parameters it trains marked as trainable, and how.
 *
 * @param network closed when training has ended
 * @param forward scores the validation rows, and usually the training's
 * @param groups the trained parameters with their share of the learning rate and their weight decay; none: the network is
 *     evaluated and published as it is
 * @param objective what a step makes small
 * @param learningRate the method's, or the request's
 * @param hooks what else the method does in the loop
 * @param writer writes the artifact's own files from the weights as they are
 * @param methodParameters the trained numbers without head and other new weights: what papers count
 * @param ownEvaluator how the validation rows are scored; null: by {@code forward}
 * @param ownPlan which rows each step sees; null: the first task's, epoch after epoch
 */
public record Tuning(
        Network network,
        Forward forward,
        List<AdamW.Group> groups,
        Objective objective,
        double learningRate,
        LoopHooks hooks,
        ArtifactWriter writer,
        long methodParameters,
        @Nullable Evaluator ownEvaluator,
        @Nullable StepPlan ownPlan) {

    /**
     * The usual tuning: the network's own pass against the labels, all parameters at one rate.
     *
     * @param trained are marked as trainable here
     * @param usualRate where the request names none
     * @param newModules head and other new modules, which {@code methodParameters} leaves out
     */
    public static Tuning ofHead(
            Inputs inputs,
            Network network,
            Parameters trained,
            double usualRate,
            Collection<String> newModules,
            ArtifactWriter writer) {
        return ofHead(inputs, network, Forward.of(network), trained, usualRate, newModules, writer);
    }

    /** The same with another way through the network, in training and in evaluation. */
    public static Tuning ofHead(
            Inputs inputs,
            Network network,
            Forward forward,
            Parameters trained,
            double usualRate,
            Collection<String> newModules,
            ArtifactWriter writer) {
        trained.trainable(true);
        Double asked = inputs.options().learningRate();
        Tuning tuning = new Tuning(
                network,
                forward,
                ParameterGroups.of(trained, inputs.options().weightDecay()),
                network.heads().values().stream().anyMatch(HeadSpec::vocabulary)
                        ? new LanguageObjective(network, forward)
                        : new HeadObjective(forward),
                asked == null ? usualRate : asked,
                LoopHooks.NONE,
                writer,
                trained.size() - ParameterGroups.sizeWithin(trained, newModules),
                null,
                null);
        return inputs.task().task().type() == TaskType.PREFERENCE ? tuning.withPreferences(inputs) : tuning;
    }

    /**
     * Pairs of answers, judged by what the plain model says of them: the network as it is now, unless what was drawn makes
     * another of it already, or what was learnt elsewhere is only put together.
     */
    private Tuning withPreferences(Inputs inputs) {
        boolean plain = network.beganPlain() && trained().count() > 0;
        Reference reference = Reference.of(inputs, network, plain);
        TokenizedSet validation = inputs.validation();
        Tuning learning = withObjective(
                new PreferenceObjective(network, inputs.task().task().preference(), reference));
        return validation == null
                ? learning
                : learning.withEvaluator(between -> Scored.of(
                        inputs.task(), PreferencePredictions.of(network, validation, reference, inputs, between)));
    }

    /** The same with other groups, such as rates that differ. */
    public Tuning withGroups(List<AdamW.Group> others) {
        return new Tuning(
                network,
                forward,
                others,
                objective,
                learningRate,
                hooks,
                writer,
                methodParameters,
                ownEvaluator,
                ownPlan);
    }

    /** The same with the method's own part in the loop. */
    public Tuning withHooks(LoopHooks own) {
        return new Tuning(
                network,
                forward,
                groups,
                objective,
                learningRate,
                own,
                writer,
                methodParameters,
                ownEvaluator,
                ownPlan);
    }

    /** The same with something else to make small. */
    public Tuning withObjective(Objective own) {
        return new Tuning(
                network, forward, groups, own, learningRate, hooks, writer, methodParameters, ownEvaluator, ownPlan);
    }

    /** The same with another way through the network to the outputs that are scored. */
    public Tuning withForward(Forward own) {
        return new Tuning(
                network, own, groups, objective, learningRate, hooks, writer, methodParameters, ownEvaluator, ownPlan);
    }

    /** The same with other scores. */
    public Tuning withEvaluator(Evaluator own) {
        return new Tuning(
                network, forward, groups, objective, learningRate, hooks, writer, methodParameters, own, ownPlan);
    }

    /** The same with other rows in each step. */
    public Tuning withPlan(StepPlan own) {
        return new Tuning(
                network, forward, groups, objective, learningRate, hooks, writer, methodParameters, ownEvaluator, own);
    }

    /** The same with another count of the method's own numbers. */
    public Tuning withMethodParameters(long own) {
        return new Tuning(network, forward, groups, objective, learningRate, hooks, writer, own, ownEvaluator, ownPlan);
    }

    /** The same with other files. */
    public Tuning withWriter(ArtifactWriter own) {
        return new Tuning(
                network, forward, groups, objective, learningRate, hooks, own, methodParameters, ownEvaluator, ownPlan);
    }

    /** What scores the validation rows; null where there are none. */
    @Nullable
    Evaluator evaluator(Inputs inputs) {
        TokenizedSet validation = inputs.validation();
        if (ownEvaluator != null || validation == null) {
            return ownEvaluator;
        }
        TaskRows rows = inputs.task();
        if (inputs.options().generate() > 0) {
            return new AnsweringEvaluator(network, forward, inputs, validation);
        }
        int batch = TrainingLoop.evalBatchSize(inputs.options());
        return between -> Scored.of(rows, Predicted.of(network, forward, validation, batch, inputs.backend(), between));
    }

    /** Which rows each step sees. */
    StepPlan plan(Inputs inputs) {
        return ownPlan != null ? ownPlan : StepPlan.of(inputs.training(), inputs.options());
    }

    /** The trained parameters, in the order of the groups. */
    public Parameters trained() {
        Parameters trained = new Parameters();
        groups.forEach(group -> trained.addAll(group.parameters()));
        return trained;
    }
}
