package io.tenfold.method.lora;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.Fields;
import io.tenfold.job.JobException;
import io.tenfold.model.HeadSpec;
import io.tenfold.model.LinearSite;
import io.tenfold.model.LoadOptions;
import io.tenfold.model.ModelHooks;
import io.tenfold.model.Network;
import io.tenfold.model.family.Models;
import io.tenfold.tensor.Backend;
import io.tenfold.tensor.Ops;
import io.tenfold.tensor.Parameter;
import io.tenfold.tensor.Recording;
import io.tenfold.train.Inputs;
import io.tenfold.train.Networks;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Takes the updates from a tuned model: the best approximation of a given rank to what tuning changed (Eckart and Young
 * 1936), {@code W' - W = u diag(s) v}. What is no update (head, {@code modules_to_save}, biases as configured) is the tuned
 * model's; what lies elsewhere (embeddings, norms) stays the base's.
 */
final class Extraction implements Start, AutoCloseable {

    /** The option that names the tuned model. */
    static final String FROM = "extract.from";

    /**
     * What {@code extract} says.
     *
     * @param from location of a model, or of the artifact of a method that writes whole models
     * @param rank the same for all layers; null: by energy
     * @param rankOption what decides the rank
     * @param energy the least share of the squared change that each layer keeps; null: by rank
     */
    record Options(
            String from,
            @Nullable Integer rank,
            String rankOption,
            @Nullable Double energy) {

        /** Null when it is left out. */
        static @Nullable Options read(Fields method, int usualRank) {
            Fields f = method.object("extract", false);
            if (!method.has("extract")) {
                return null;
            }
            String from = f.demandedText("from", "s3://artifacts/full-7");
            Integer rank = f.integer("rank", 1, 65_536);
            Double energy = f.number("energy", x -> x > 0 && x <= 1, "above 0 and at most 1 (0.9 is usual)");
            if (f.has("rank") && f.has("energy")) {
                f.error(
                        "energy",
                        "%s and %s are given; the energy decides the ranks, leave one of the two out"
                                .formatted(f.param("rank"), f.param("energy")));
            }
            f.refuseUnknown();
            return new Options(
                    from,
                    rank == null && energy == null ? (Integer) usualRank : rank,
                    rank == null && method.has("r") ? "method.r" : "method.extract.rank",
                    energy);
        }
    }

    private final Options options;
    private final LoraConfig config;
    private final Network tuned;
    private final Backend backend;

    private Extraction(Options options, LoraConfig config, Network tuned, Backend backend) {
        this.options = options;
        this.config = config;
        this.tuned = tuned;
        this.backend = backend;
    }

    /**
     * Opens the tuned model.
     *
     * @throws JobException bad_model when it has no head for the task's labels
     */
    static Extraction open(Options options, LoraConfig config, Inputs inputs) {
        HeadSpec head = Networks.head(inputs);
        Network tuned = load(inputs, head);
        List<String> drawn = tuned.report().drawn();
        List<String> labels = Networks.labels(inputs.folder(FROM));
        if (!drawn.isEmpty() || !(labels.isEmpty() || labels.equals(head.labels()))) {
            tuned.close();
            throw bad(
                    drawn.isEmpty()
                            ? "its labels are %s, the task's %s; give task.labels in its order"
                                    .formatted(labels, head.labels())
                            : "it has no %s for %d outputs; extract from a model that was tuned for this task"
                                    .formatted(drawn.getFirst(), head.outputs()));
        }
        return new Extraction(options, config, tuned, inputs.backend());
    }

    private static Network load(Inputs inputs, HeadSpec head) {
        try {
            return Models.load(inputs.folder(FROM), head, ModelHooks.NONE, inputs.backend(), LoadOptions.seeded(0));
        } catch (JobException e) {
            throw bad(e.error().message());
        }
    }

    @Override
    public Factors factors(LinearSite site) {
        try (NDManager scope = backend.scope();
                Recording _ = Recording.off()) {
            NDArray change = parameter(site.weight()).value().duplicate();
            change.attach(scope);
            Ops.Svd svd = Ops.svd(change.subi(site.weight().value()));
            int rank = rank(site, svd.s());
            NDArray roots = svd.s().get(":" + rank).sqrt();
            return new Factors(
                            svd.v().get(":" + rank).mul(roots.reshape(-1, 1)),
                            svd.u().get(":, :" + rank).mul(roots),
                            1)
                    .in(backend.manager());
        }
    }

    private int rank(LinearSite site, NDArray singularValues) {
        Double energy = options.energy();
        if (energy == null) {
            return Start.rank(config, site, options.rankOption());
        }
        float[] values = singularValues.toFloatArray();
        double[] sums = new double[values.length + 1];
        for (int i = 0; i < values.length; i++) {
            sums[i + 1] = sums[i] + (double) values[i] * values[i];
        }
        // Single precision leaves no more than this of the sum undecided; it is no change to be kept.
        double wanted = (energy - 1e-9) * sums[values.length];
        int rank = 1;
        while (rank < values.length && sums[rank] < wanted) {
            rank++;
        }
        return rank;
    }

    /**
     * Refuses a tuned model of another shape: its layers beyond the base's, say, would be left out without a word.
     *
     * @throws JobException bad_model
     */
    void check(Network base) {
        if (!tuned.modelType().equals(base.modelType())
                || tuned.layers() != base.layers()
                || tuned.attentionHeads() != base.attentionHeads()) {
            throw bad(
                    "it is a %s of %d layers with %d heads, the base a %s of %d layers with %d heads; extract from a model that was tuned from this base"
                            .formatted(
                                    tuned.modelType(),
                                    tuned.layers(),
                                    tuned.attentionHeads(),
                                    base.modelType(),
                                    base.layers(),
                                    base.attentionHeads()));
        }
    }

    /** The tuned model's counterpart of a parameter of the base. */
    Parameter parameter(Parameter base) {
        if (!tuned.parameters().contains(base.name())
                || !tuned.parameters().get(base.name()).shape().equals(base.shape())) {
            throw bad("it has no %s of shape %s; extract from a model that was tuned from this base"
                    .formatted(base.name(), base.shape()));
        }
        return tuned.parameters().get(base.name());
    }

    private static JobException bad(String message) {
        return new JobException(ErrorCode.BAD_MODEL, "method." + FROM, "method." + FROM + ": " + message);
    }

    @Override
    public void close() {
        tuned.close();
    }
}
