package io.tenfold.method.domain;

import com.fasterxml.jackson.databind.JsonNode;
import io.tenfold.job.Fields;
import java.util.List;
import java.util.Map;

/** The options of {@code method}, by kind. */
public sealed interface DomainConfig {

    /** The source rows alone, as one would do without a target: what every other kind is laid beside. */
    record SourceOnly() implements DomainConfig {}

    /**
     * Language modelling on texts, then the task (Gururangan et al. 2020, arXiv:2004.10964): words behind masks, or, of a
     * decoder, the next word.
     *
     * @param both whether the source's texts are read as well
     * @param masks the share of a row's tokens that is asked about
     * @param wholeWords whether all tokens of a word are masked together
     * @param epochs passes over the texts; where {@code steps} is 0
     * @param steps optimiser steps; 0: by epochs
     */
    record Pretrain(boolean both, double masks, boolean wholeWords, int epochs, int steps, double learningRate)
            implements DomainConfig {}

    /** A domain discriminator behind gradient reversal (Ganin et al. 2016, arXiv:1505.07818). */
    record Adversarial(double lambdaMax) implements DomainConfig {}

    /**
     * A distance between the domains' features beside the task's loss.
     *
     * @param kernels whether it is the mean discrepancy under kernels (Long et al. 2015, arXiv:1502.02791), not that of
     *     covariances (Sun and Saenko 2016, arXiv:1607.01719)
     */
    record Distance(boolean kernels, double weight) implements DomainConfig {}

    /** The source rows, then the labelled target rows. */
    record Supervised() implements DomainConfig {}

    /**
     * Weights of a method of small files for each domain, on one frozen base with one head.
     *
     * @param method {@code adapter} or {@code lora}
     * @param options the method's own
     */
    record Adapters(String method, JsonNode options) implements DomainConfig {}

    /** The values of {@code kind}, and the options of each. */
    Map<String, List<String>> OPTIONS = Map.of(
            "source_only",
            List.of(),
            "pretrain",
            List.of(
                    "pretrain_on",
                    "mlm_probability",
                    "whole_word",
                    "pretrain_epochs",
                    "pretrain_steps",
                    "pretrain_learning_rate"),
            "dann",
            List.of("lambda_max"),
            "coral",
            List.of("weight"),
            "mmd",
            List.of("weight"),
            "supervised",
            List.of(),
            "domain_adapters",
            List.of("adapter"));

    /** Whether labels of the target's training rows are read. */
    default boolean labelledTarget() {
        return this instanceof Supervised || this instanceof Adapters;
    }

    /** Whether the target's training rows are learned from. */
    default boolean needsTargetRows() {
        return !(this instanceof SourceOnly);
    }

    /** Whether the target's training rows are texts, whose labels nobody needs. */
    default boolean readsTexts() {
        return needsTargetRows() && !labelledTarget();
    }

    /** Whether the task may be a language. */
    default boolean learnsLanguage() {
        return this instanceof SourceOnly || this instanceof Pretrain || this instanceof Supervised;
    }

    /** Reads all options, whatever the kind, and refuses those of another kind. */
    static DomainConfig read(Fields f, InnerMethods inner) {
        List<String> kinds = OPTIONS.keySet().stream().sorted().toList();
        if (!f.has("kind")) {
            f.error("kind", "%s is missing; it must be one of %s".formatted(f.param("kind"), String.join(", ", kinds)));
        }
        String kind = f.oneOf("kind", kinds, "source_only");
        Pretrain pretrain = pretrain(f);
        double lambda = f.number(
                "lambda_max", LAMBDA, x -> x >= 0 && x <= 100, "from 0 to 100 (0.1 is usual, the paper has 1)");
        double weight = f.number(
                "weight",
                kind.equals("coral") ? CORAL_WEIGHT : MMD_WEIGHT,
                x -> x >= 0 && x <= 1e6,
                "from 0 to 1000000");
        Adapters adapters = inner.read(f, "adapter");
        for (Map.Entry<String, List<String>> other : OPTIONS.entrySet()) {
            refuse(f, kind, other.getValue());
        }
        return switch (kind) {
            case "pretrain" -> pretrain;
            case "dann" -> new Adversarial(lambda);
            case "coral" -> new Distance(false, weight);
            case "mmd" -> new Distance(true, weight);
            case "supervised" -> new Supervised();
            case "domain_adapters" -> adapters;
            default -> new SourceOnly();
        };
    }

    /** A tenth of the paper's: at 1 a pretrained encoder outruns the discriminator where domains are easily told apart. */
    double LAMBDA = 0.1;

    /** The covariances' distance is divided by 4 d², so that it is small beside a task's loss. */
    double CORAL_WEIGHT = 100;

    /** With equal weights the distance, noisy between two small samples, drowns the task in the first epochs. */
    double MMD_WEIGHT = 0.1;

    private static Pretrain pretrain(Fields f) {
        String on = f.oneOf("pretrain_on", List.of("target", "both"), "target");
        double masks = f.number("mlm_probability", 0.15, x -> x > 0 && x < 1, "above 0 and below 1 (0.15 is usual)");
        boolean wholeWords = f.flag("whole_word", true);
        int epochs = f.integer("pretrain_epochs", 3, 1, 100_000);
        Integer steps = f.integer("pretrain_steps", 1, Integer.MAX_VALUE);
        if (f.has("pretrain_epochs") && f.has("pretrain_steps")) {
            f.error(
                    "pretrain_steps",
                    "%s and %s are both given; leave one of them out"
                            .formatted(f.param("pretrain_epochs"), f.param("pretrain_steps")));
        }
        double rate = f.number(
                "pretrain_learning_rate", 5e-5, x -> x > 0 && x <= 10, "above 0 (5e-5 is usual, 1e-4 for long runs)");
        return new Pretrain(on.equals("both"), masks, wholeWords, epochs, steps == null ? 0 : steps, rate);
    }

    private static void refuse(Fields f, String kind, List<String> options) {
        for (String option : options) {
            if (f.has(option) && !OPTIONS.getOrDefault(kind, List.of()).contains(option)) {
                List<String> owners = OPTIONS.entrySet().stream()
                        .filter(entry -> entry.getValue().contains(option))
                        .map(Map.Entry::getKey)
                        .sorted()
                        .toList();
                f.error(
                        option,
                        "%s is %s, but kind %s has no such option; leave it out, or set kind to %s"
                                .formatted(f.param(option), f.raw(option), kind, String.join(" or ", owners)));
            }
        }
    }
}
