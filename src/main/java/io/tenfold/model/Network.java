package io.tenfold.model;

import ai.djl.ndarray.NDArray;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tenfold.tensor.Parameter;
import io.tenfold.tensor.Parameters;
import io.tenfold.tensor.TokenRows;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** A model with its head. Its arrays live until it is closed; results belong to the batch's scope. */
public interface Network extends AutoCloseable {

    /** Names of the parameters of a head among several begin with this and its name. */
    String HEADS = "heads.";

    /**
     * A forward pass to one of several heads; not with {@link HeadSpec#maskedLm}, whose head has no logits of a row. With
     * {@link HeadSpec.Kind#TOKENS} the outputs are those of every token, in the layout of {@code rows}, without virtual
     * tokens.
     *
     * @param head its name in {@link #heads}
     * @param training true: dropout acts and gradients are recorded if a recording is on; false: neither
     * @return [rows, outputs], or [tokens, outputs] with {@link HeadSpec.Kind#TOKENS}; fp32
     */
    NDArray logits(String head, TokenRows rows, boolean training);

    /** The same to the only head. */
    default NDArray logits(TokenRows rows, boolean training) {
        return logits("", rows, training);
    }

    /**
     * What a head makes of hidden states.
     *
     * @param head its name in {@link #heads}
     * @param hidden the last state of the token of each row that heads read (see {@link #read}), [rows, hidden]; where the head
     *     {@link HeadSpec#readsEveryToken}, of every token of the text, [tokens, hidden]
     * @param training as for {@link #logits}
     * @return [rows, outputs], or [tokens, outputs]; fp32
     */
    NDArray headLogits(String head, NDArray hidden, boolean training);

    /**
     * Where the token of each row that heads read stands in {@link #hidden}: the first in encoders, the last in decoders.
     *
     * @return [rows], int64, in the rows' own order
     */
    NDArray read(TokenRows rows);

    /**
     * The last layer's hidden states; of a model with a final norm, what that makes of them.
     *
     * @param training as for {@link #logits}
     * @return [tokens, hidden]
     */
    NDArray hidden(TokenRows rows, boolean training);

    /**
     * The same of some tokens of the text alone, virtual ones not counted.
     *
     * @param places where they stand in the layout of {@code rows}, [n], int64
     * @param training as for {@link #logits}
     * @return [n, hidden]
     */
    NDArray wordStates(TokenRows rows, NDArray places, boolean training);

    /**
     * Scores every word of the vocabulary; only where one of the heads is {@link HeadSpec#maskedLm}.
     *
     * @param hidden the last layer's states of the tokens asked about, [n, hidden], as {@link #hidden} gives them
     * @param training as for {@link #logits}
     * @return [n, vocabulary], fp32
     */
    NDArray vocabularyLogits(NDArray hidden, boolean training);

    /**
     * The output layer over the vocabulary, which is all that a decoder's language head is: {@link #vocabularyLogits} are
     * {@code hidden weightᵀ}. For losses that never hold all logits: see {@code Ops.vocabularyLoss}.
     *
     * @return [vocabulary, hidden]; the word embeddings' parameter where they are tied
     * @throws IllegalStateException where the language head is an encoder's, or there is none
     */
    Parameter vocabularyWeight();

    /** Whether a decoder's output layer over the vocabulary is its word embeddings; false without a language head. */
    default boolean tied() {
        return false;
    }

    /**
     * Begins to write on from prompts; only decoders with a language head. Nothing is recorded, dropout is off.
     *
     * @param prompts no row may be empty
     * @param capacity the most tokens that a row will have, its prompt's with them
     * @throws IllegalStateException where the model writes no text
     * @throws io.tenfold.tensor.TensorException where the model has no positions for so many
     */
    default Generation start(TokenRows prompts, int capacity) {
        throw new IllegalStateException("model type %s writes no text; take a decoder".formatted(modelType()));
    }

    /**
     * What the lowest layers make of rows: all that the layers above, or the head, need of them.
     *
     * @param count how many layers, from 0 (the embeddings alone) to all
     * @param training as for {@link #logits}
     * @return [tokens, hidden]; of all layers [rows, hidden], the token of each row that heads read, unless the head
     *     {@link HeadSpec#readsEveryToken}
     */
    NDArray hiddenAfter(int count, TokenRows rows, boolean training);

    /**
     * Goes on from {@link #hiddenAfter} with the other layers and the head. No gradient flows below.
     *
     * @param count how many layers are done
     * @param hidden what they made of these rows; stays the caller's, to be kept until after the backward pass
     * @param training as for {@link #logits}
     * @return as {@link #logits}
     */
    NDArray logitsAfter(int count, NDArray hidden, TokenRows rows, boolean training);

    /**
     * The same to the last states of some tokens, where the head {@link HeadSpec#readsEveryToken}.
     *
     * @param places as for {@link #wordStates}
     * @return as {@link #wordStates}
     */
    NDArray wordStatesAfter(int count, NDArray hidden, TokenRows rows, NDArray places, boolean training);

    /** All weights but the hooks', under Transformers' names, in the order in which Transformers lists them. */
    Parameters parameters();

    /**
     * The modules that every task trains: the head, and what else the checkpoint lacked; their last names, as in PEFT's
     * {@code modules_to_save}, such as {@code classifier}, {@code pooler}.
     */
    List<String> newModules();

    /** The parameters of {@link #newModules}. */
    Parameters newParameters();

    /** The parameters of a head's modules, new or not: of BERT's also the pooler's. */
    Parameters headParameters(String head);

    /** The model's type in Transformers, such as {@code bert}. */
    String modelType();

    int layers();

    int hiddenSize();

    int attentionHeads();

    /** How many numbers a token's keys are in one layer, and its values: heads of keys times their size. */
    int keyValueWidth();

    /** How many heads keys and values have, which groups of queries share. */
    int keyValueHeads();

    /** The most tokens of a row that the model has positions for. */
    int maxPositions();

    /** The table of words, [vocabulary, hidden]. */
    Parameter wordEmbeddings();

    /** How many positions of each row a method's virtual tokens or keys take. */
    int virtualTokens();

    /** Whether it was the plain model before anything was trained, see {@link ModelHooks#beginsPlain}. */
    boolean beganPlain();

    /** The heads by name; an only one is called by the empty name. */
    Map<String, HeadSpec> heads();

    /** The only head. */
    default HeadSpec head() {
        return Objects.requireNonNull(heads().get(""), "the network has several heads");
    }

    /** The only head, or the first of several. */
    default HeadSpec firstHead() {
        return heads().values().iterator().next();
    }

    LoadReport report();

    /** The {@code config.json} of this model with its head, as Transformers writes it. */
    ObjectNode savedConfig();

    /** The weights by the names under which {@code AutoModelForSequenceClassification}, {@code AutoModelForMaskedLM} or {@code AutoModelForCausalLM}, looks for them, not copied. */
    Map<String, NDArray> savedTensors();

    /**
     * How Transformers keeps a parameter's numbers: GPT-2 keeps most weights transposed, [in, out].
     *
     * @param name the parameter's
     * @param numbers of its shape
     * @return the same array, or its transpose over the same memory
     */
    NDArray asSaved(String name, NDArray numbers);

    /** Closes something else with the network, such as what was computed with it. */
    void closeWithIt(AutoCloseable resource);

    @Override
    void close();
}
