package io.tenfold.train;

import ai.djl.ndarray.NDArray;
import io.tenfold.checkpoint.OtherBase;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import io.tenfold.model.Network;
import io.tenfold.tensor.Parameter;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Word embeddings that are a decoder's output layer, too, in PEFT's files. PEFT trains either alone unless {@code
 * ensure_weight_tying} is set: here they are one weight, so files hold it under both names, by which every PEFT opens them
 * tied.
 */
public final class TiedWords {

    /** PEFT's switch, in {@code adapter_config.json}. */
    public static final String SWITCH = "ensure_weight_tying";

    private static final String OUTPUT = "lm_head";
    private static final String PREFIX = "base_model.model.";
    private static final String KEY = PREFIX + OUTPUT + ".weight";

    private TiedWords() {}

    /** Whether modules that are trained whole have the words, and with them the output layer. */
    public static boolean areWithin(Collection<String> modules, Network network) {
        return network.tied()
                && SavedModules.have(modules, network.wordEmbeddings().name());
    }

    /** Adds the output layer's name to the modules, and the words to the tensors as its weight. */
    public static void add(Collection<String> modules, Map<String, NDArray> tensors, Network network) {
        if (!modules.contains(OUTPUT)) {
            modules.add(OUTPUT);
        }
        tensors.put(KEY, network.wordEmbeddings().value());
    }

    /**
     * Refuses a request that names an output layer that the model has only as its words.
     *
     * @param param the field, such as {@code method.modules_to_save}
     */
    public static void check(Collection<String> modules, Network network, String param) {
        for (String module : modules) {
            if (network.tied() && SavedModules.have(List.of(module), OUTPUT)) {
                String words = network.wordEmbeddings().name();
                throw new JobException(
                        ErrorCode.BAD_REQUEST,
                        param,
                        "%s has %s, but this model's output layer is its word embeddings (tie_word_embeddings); name %s, which trains both"
                                .formatted(param, module, words.substring(0, words.lastIndexOf('.'))));
            }
        }
    }

    /**
     * Takes the output layer out of an adapter's tensors.
     *
     * @throws JobException bad_model where it is not what the words are
     */
    public static void take(Map<String, NDArray> tensors, Network network, String location) {
        if (!network.tied()) {
            return;
        }
        Parameter words = network.wordEmbeddings();
        NDArray table = tensors.get(PREFIX + words.name());
        NDArray output = tensors.remove(KEY);
        if (!same(table, words) && table != null && output != null && table.contentEquals(output)) {
            return;
        }
        if (!same(table, words) || !same(output, words)) {
            throw OtherBase.refused(
                    location,
                    "%s is %s and %s is %s, but in the base they are one weight (tie_word_embeddings), and an adapter that took them apart can't be opened; train it with %s"
                            .formatted(PREFIX + words.name(), said(table), KEY, said(output), SWITCH));
        }
    }

    private static boolean same(@Nullable NDArray tensor, Parameter words) {
        return tensor == null || (tensor.getShape().equals(words.shape()) && tensor.contentEquals(words.value()));
    }

    private static String said(@Nullable NDArray tensor) {
        return tensor == null ? "the base's" : "of its own";
    }
}
