package io.tenfold.model;

import java.util.List;
import java.util.stream.IntStream;

/**
 * What a model's head is for.
 *
 * @param labels the labels' names in the order of the logits; for regression one, for a language model none
 */
public record HeadSpec(Kind kind, List<String> labels) {

    /** What the head's outputs mean. */
    public enum Kind {
        /** A class per label, for each row. */
        CLASSES,
        /** One number for each row. */
        NUMBER,
        /** A class per label, for each token. */
        TOKENS,
        /** The words of the vocabulary, at any token: see {@link Network#vocabularyLogits}. */
        VOCABULARY,
        /** The same; where the checkpoint has no such head, one is drawn. */
        VOCABULARY_OR_NEW
    }

    public HeadSpec {
        labels = List.copyOf(labels);
        if (labels.isEmpty() && kind != Kind.VOCABULARY && kind != Kind.VOCABULARY_OR_NEW) {
            throw new IllegalArgumentException("a head needs at least one label");
        }
        if (kind == Kind.NUMBER && labels.size() != 1) {
            throw new IllegalArgumentException("a regression head has one output, not %d".formatted(labels.size()));
        }
    }

    /** A class per label. */
    public static HeadSpec classification(List<String> labels) {
        return new HeadSpec(Kind.CLASSES, labels);
    }

    /** A class per label for every token. */
    public static HeadSpec tokens(List<String> labels) {
        return new HeadSpec(Kind.TOKENS, labels);
    }

    /** Classes named as Transformers names them when nobody does: {@code LABEL_0}, … */
    public static HeadSpec classification(int count) {
        return classification(unnamed(count));
    }

    /** The names that Transformers gives to {@code count} labels when nobody does. */
    public static List<String> unnamed(int count) {
        return IntStream.range(0, count).mapToObj(i -> "LABEL_" + i).toList();
    }

    /** One number. */
    public static HeadSpec number() {
        return new HeadSpec(Kind.NUMBER, List.of("LABEL_0"));
    }

    /** The masked-LM head that the model was pretrained with; the checkpoint must have it. */
    public static HeadSpec maskedLm() {
        return new HeadSpec(Kind.VOCABULARY, List.of());
    }

    /** The same; where the checkpoint lacks it, it is drawn, and the word embeddings are its output layer. */
    public static HeadSpec maskedLmOrNew() {
        return new HeadSpec(Kind.VOCABULARY_OR_NEW, List.of());
    }

    /** A decoder's language head, which the checkpoint must have unless the word embeddings are it. */
    public static HeadSpec causalLm() {
        return new HeadSpec(Kind.VOCABULARY, List.of());
    }

    /** Whether the outputs are the words of the vocabulary. */
    public boolean vocabulary() {
        return kind == Kind.VOCABULARY || kind == Kind.VOCABULARY_OR_NEW;
    }

    /** Whether the one logit is a number to be predicted. */
    public boolean regression() {
        return kind == Kind.NUMBER;
    }

    /** Whether the head reads the last state of every token, and not of one token of each row alone. */
    public boolean readsEveryToken() {
        return switch (kind) {
            case TOKENS, VOCABULARY, VOCABULARY_OR_NEW -> true;
            case CLASSES, NUMBER -> false;
        };
    }

    /** What PEFT calls the head's task, in {@code task_type}. */
    public String peftTask() {
        return switch (kind) {
            case CLASSES, NUMBER -> "SEQ_CLS";
            case TOKENS -> "TOKEN_CLS";
            case VOCABULARY, VOCABULARY_OR_NEW -> "CAUSAL_LM";
        };
    }

    /** How many logits a row has, or a token. */
    public int outputs() {
        return labels.size();
    }
}
