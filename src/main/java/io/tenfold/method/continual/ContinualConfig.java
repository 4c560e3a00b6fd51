package io.tenfold.method.continual;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tenfold.job.Fields;
import io.tenfold.job.FineTuneRequest;
import io.tenfold.job.FineTuneRequest.Method;
import io.tenfold.method.MethodRegistry;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The method's options.
 *
 * @param base the method by which a task is learnt, with its options; null: every weight is trained
 * @param from the artifact of an earlier job to go on from; null: from the request's model
 */
public record ContinualConfig(
        Strategy strategy,
        @Nullable ObjectNode base,
        @Nullable String from,
        Ewc ewc,
        Replay replay,
        Lwf lwf) {

    private static final String FULL = "full";
    private static final String LORA = "lora";
    private static final String ADAPTER = "adapter";

    /** Options of lora that have no meaning in a sequence of tasks. */
    private static final List<String> NOT_OF_A_BASE = List.of("extract", "merge_adapters", "merge", "quantize");

    /**
     * Options of {@link Strategy#EWC}.
     *
     * @param lambda how strongly weights are held: the loss has {@code lambda * Σ F (θ - θ*)²}, as in Avalanche
     * @param online whether there is one centre that moves on, as in Schwarz et al. 2018 (arXiv:1805.06370), in place of one
     *     for each task
     * @param decay what the Fisher information of earlier tasks still counts after the next, online
     * @param fisherSamples rows, drawn by the seed, from which it is estimated
     */
    record Ewc(double lambda, boolean online, double decay, int fisherSamples) {}

    /**
     * Options of {@link Strategy#REPLAY}.
     *
     * @param bufferSize rows kept of all earlier tasks together
     * @param balanced as many of each class as there are; else every row seen has the same chance
     * @param batchSize rows replayed in each step; null: as many as the step has new ones
     */
    record Replay(
            int bufferSize, boolean balanced, @Nullable Integer batchSize) {}

    /**
     * Options of {@link Strategy#LWF}.
     *
     * @param alpha what the earlier heads' answers count beside the new labels
     * @param givenTemperature by which logits are divided; null: {@link #temperature}
     */
    record Lwf(double alpha, @Nullable Double givenTemperature) {

        /**
         * Where nobody says: 2 for labels, as Li and Hoiem; 1 for the words of a language, whose many improbable ones would drown
         * the few.
         */
        double temperature(boolean language) {
            return givenTemperature != null ? givenTemperature : language ? 1.0 : 2.0;
        }
    }

    static ContinualConfig read(Fields f, MethodRegistry methods) {
        if (!f.has("strategy")) {
            f.error(
                    "strategy",
                    "%s is missing; it must be one of %s"
                            .formatted(f.param("strategy"), String.join(", ", Strategy.wireNames())));
        }
        Strategy strategy = Strategy.named(f.oneOf("strategy", Strategy.wireNames(), "naive"));
        boolean online = f.flag("online", false);
        Ewc ewc = new Ewc(
                f.number("lambda", 1000, x -> x > 0, "above 0 (1000 is usual)"),
                online,
                f.number("decay", 0.9, x -> x >= 0 && x <= 1, "from 0 to 1 (0.9 is usual)"),
                f.integer("fisher_samples", 1024, 1, Integer.MAX_VALUE));
        if (f.has("decay") && !online) {
            f.error("decay", "method.decay is given, but online is not true; leave decay out, or give online");
        }
        Replay replay = new Replay(
                f.integer("buffer_size", 500, 1, 1_000_000),
                f.oneOf("selection", List.of("reservoir", "class_balanced"), "reservoir")
                        .equals("class_balanced"),
                f.integer("replay_batch_size", 1, 65_536));
        Lwf lwf = new Lwf(
                f.number("lwf_alpha", 1, x -> x > 0, "above 0 (1 is usual)"),
                f.number("temperature", x -> x > 0, "above 0 (2 is usual, for causal_lm 1)"));
        refuseOthersOptions(f, strategy);
        return new ContinualConfig(strategy, base(f, strategy, methods), f.text("from", null), ewc, replay, lwf);
    }

    private static void refuseOthersOptions(Fields f, Strategy strategy) {
        for (Strategy other : Strategy.values()) {
            for (String option : other.options()) {
                if (other != strategy && f.has(option)) {
                    f.error(
                            option,
                            "method.%s is given, but strategy %s has no use for it; leave it out, or take strategy %s"
                                    .formatted(option, strategy.wireName(), other.wireName()));
                }
            }
        }
    }

    private static @Nullable ObjectNode base(Fields f, Strategy strategy, MethodRegistry methods) {
        boolean expands = strategy == Strategy.EXPANSION;
        List<String> names = expands ? List.of(LORA, ADAPTER) : List.of(FULL, LORA);
        JsonNode given = f.raw("base");
        String name = given.isObject()
                ? options(f.object("base", false), expands ? names : List.of(LORA), methods)
                : f.oneOf("base", names, names.getFirst());
        if (strategy == Strategy.EWC && !name.equals(FULL)) {
            f.error(
                    "base",
                    "method.base is %s, but ewc holds the encoder's own weights, which lora does not train; take base full, or another strategy"
                            .formatted(name));
        }
        if (name.equals(FULL)) {
            return null;
        }
        ObjectNode options = JsonNodeFactory.instance.objectNode();
        if (given instanceof ObjectNode object) {
            options.setAll(object);
        }
        return options.put("name", name);
    }

    /** Reports what is wrong with the options of the base's own method, and gives its name. */
    private static String options(Fields base, List<String> names, MethodRegistry methods) {
        if (!base.has("name")) {
            base.error("name", "method.base.name is missing; it must be one of " + String.join(", ", names));
        }
        String name = base.oneOf("name", names, names.getFirst());
        methods.check(name, base);
        for (String option : NOT_OF_A_BASE) {
            if (base.has(option)) {
                base.error(
                        option,
                        "method.base.%s is given, but a task is learnt by plain training; leave it out"
                                .formatted(option));
            }
        }
        base.refuseUnknown(methods::owners);
        return name;
    }

    /** Whether each task has weights of its own on a base that stays as it is. */
    boolean expands() {
        return strategy == Strategy.EXPANSION;
    }

    /**
     * The request that asks for one task by the base's own method.
     *
     * @param options of that method, its name among them
     * @param model where its base model lies
     */
    static FineTuneRequest alone(FineTuneRequest request, ObjectNode options, String model) {
        ObjectNode own = options.deepCopy();
        own.remove("name");
        return new FineTuneRequest(
                request.id(),
                model,
                request.task(),
                request.data(),
                new Method(options.path("name").asText(), own),
                request.training(),
                request.output(),
                request.priority(),
                request.maxSeconds(),
                request.gates(),
                request.metadata(),
                request.body());
    }
}
