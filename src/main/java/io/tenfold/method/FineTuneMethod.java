package io.tenfold.method;

import io.tenfold.data.Draw;
import io.tenfold.data.RowEncoder;
import io.tenfold.data.TextTokenizer;
import io.tenfold.job.Fields;
import io.tenfold.job.FineTuneRequest;
import io.tenfold.job.FineTuneRequest.DataShape;
import io.tenfold.job.FineTuneRequest.TaskType;
import io.tenfold.train.Recipe;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A way to fine-tune.
 *
 * @param <C> the record that its options are read into
 */
public interface FineTuneMethod<C> {

    /** The wire value and the package's name, such as {@code lora}. */
    String name();

    /** Reads the options, reports whatever is wrong with them into {@code options}, and then gives anything. */
    C read(Fields options);

    /**
     * Reports what the options and the rest of the request together show to be wrong.
     *
     * @param config as {@link #read} gave it, which may stand for options that were refused
     * @param request what could be read of it; where a field is wrong, its default stands
     */
    default void check(C config, FineTuneRequest request, Fields options) {}

    /**
     * How rows become tokens, for training, scores and report alike; by default as the model has them.
     *
     * @throws io.tenfold.job.JobException bad_request where options and tokenizer don't fit
     */
    default RowEncoder encoder(C config, TextTokenizer tokenizer) {
        return tokenizer;
    }

    /** Whether {@link #encoder} and {@link #draw} are the usual ones. */
    default boolean readsPlainRows(C config) {
        return true;
    }

    /** The training rows that are read; by default all. */
    default Draw draw(C config, long seed) {
        return Draw.ALL;
    }

    /** The learning rate where the request names none. */
    double learningRate(C config);

    /** The steps where the request names neither these nor epochs; null: three epochs. */
    default @Nullable Integer usualSteps(C config) {
        return null;
    }

    /** How the data may be laid out. */
    default Set<DataShape> shapes(C config) {
        return Set.of(DataShape.ONE);
    }

    /** The tasks that can be learnt. */
    default Set<TaskType> tasks(C config) {
        return LABELS;
    }

    /** Tasks whose answers are labels or numbers. */
    Set<TaskType> LABELS = Set.copyOf(
            EnumSet.of(TaskType.SEQUENCE_CLASSIFICATION, TaskType.REGRESSION, TaskType.TOKEN_CLASSIFICATION));

    /** These, and the words of a language. */
    Set<TaskType> LABELS_AND_WORDS = Set.copyOf(EnumSet.complementOf(EnumSet.of(TaskType.PREFERENCE)));

    /** These, and which of two answers is better. */
    Set<TaskType> ALL_TASKS = Set.copyOf(EnumSet.allOf(TaskType.class));

    /** Whether the training rows of {@code data.target} have labels that are to be read. */
    default boolean labelledTarget(C config) {
        return false;
    }

    /** Which texts a decoder learns a language from, before the task, and whether the target's rows are read beside them. */
    default LanguageTexts texts(C config) {
        return LanguageTexts.NONE;
    }

    /**
     * What to do where {@link #tasks} has not what is asked for, as the end of a message.
     *
     * @return null: to take a method that learns it
     */
    default @Nullable String insteadOf(C config, TaskType type) {
        return null;
    }

    /** Whether the metrics say how much of earlier tasks was forgotten. */
    default boolean measuresForgetting(C config) {
        return false;
    }

    /** The location that the options give the model by, in place of the request's {@code model}; null: they don't. */
    default @Nullable String model(C config) {
        return null;
    }

    /**
     * What the artifact of an earlier job adds to the request.
     *
     * @param folders the files behind {@link #locations}, by option
     * @throws io.tenfold.job.JobException bad_model where the artifact can't be gone on from
     */
    default Earlier earlier(C config, Map<String, Path> folders) {
        return Earlier.NOTHING;
    }

    /**
     * What of this or another method takes the same request and needs less memory for weights and optimiser, as the end of
     * "take a smaller model, or …"; null: nothing that could take its place.
     */
    default @Nullable String lighter(C config) {
        return null;
    }

    /** What is to be run, and what becomes of it; most methods have one stage. */
    Recipe recipe(C config, FineTuneRequest request);

    /**
     * Models and artifacts that the method reads besides the request's model: the option that names each, such as {@code
     * extract.from}, and its location. They are brought to this machine, see {@link io.tenfold.train.Inputs#folders}. What
     * an option whose last name is {@code model} names, must be a whole model.
     */
    default Map<String, String> locations(C config) {
        return Map.of();
    }

    /** The options among {@link #locations} whose models and artifacts may be of other models than the request's. */
    default Set<String> ofOtherModels(C config) {
        return Set.of();
    }

    /**
     * Where the base models of the {@link #locations} are, where they are not the request's model: each is brought as well,
     * as the folder {@code <option>.base}.
     *
     * @param folders what was brought
     * @return the locations of the bases by the options whose artifacts need one
     */
    default Map<String, String> bases(C config, Map<String, Path> folders) {
        return Map.of();
    }
}
