package io.tenfold.data;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Tokenizers whose class in Transformers overrides parts of {@code tokenizer.json}, or that can be made of a vocabulary. */
enum TokenizerFamily {
    /** WordPiece with BERT's normalizer. */
    BERT("BertTokenizer"),
    /** Byte-level BPE with RoBERTa's special tokens. */
    ROBERTA("RobertaTokenizer"),
    /** Anything else; only what {@code tokenizer.json} says is known. */
    OTHER("PreTrainedTokenizerFast");

    private static final Set<String> BERT_CLASSES = Set.of(
            "BertTokenizer",
            "DistilBertTokenizer",
            "ElectraTokenizer",
            "MobileBertTokenizer",
            "ConvBertTokenizer",
            "SqueezeBertTokenizer",
            "RetriBertTokenizer",
            "LayoutLMTokenizer");
    private static final Set<String> BERT_MODELS = Set.of(
            "bert",
            "distilbert",
            "electra",
            "mobilebert",
            "convbert",
            "squeezebert",
            "ernie",
            "nezha",
            "megatron-bert");
    private static final Set<String> ROBERTA_CLASSES =
            Set.of("RobertaTokenizer", "LongformerTokenizer", "BartTokenizer");
    private static final Set<String> ROBERTA_MODELS =
            Set.of("roberta", "longformer", "data2vec-text", "roberta-prelayernorm");

    private final String tokenizerClass;

    TokenizerFamily(String tokenizerClass) {
        this.tokenizerClass = tokenizerClass;
    }

    /** The class that AutoTokenizer opens the family with. */
    String tokenizerClass() {
        return tokenizerClass;
    }

    /**
     * The family of a class ({@code BertTokenizerFast}), or of a model type where there is no class; null where neither is
     * given.
     */
    static @Nullable TokenizerFamily of(@Nullable String tokenizerClass, @Nullable String modelType) {
        if (tokenizerClass != null) {
            String slow = tokenizerClass.replaceFirst("Fast$", "");
            return BERT_CLASSES.contains(slow) ? BERT : ROBERTA_CLASSES.contains(slow) ? ROBERTA : OTHER;
        }
        if (modelType != null) {
            return BERT_MODELS.contains(modelType) ? BERT : ROBERTA_MODELS.contains(modelType) ? ROBERTA : OTHER;
        }
        return null;
    }
}
