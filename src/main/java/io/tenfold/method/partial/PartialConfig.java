package io.tenfold.method.partial;

import com.fasterxml.jackson.databind.JsonNode;
import io.tenfold.job.Fields;
import io.tenfold.job.TrainingOptions;
import io.tenfold.train.ModuleNames;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is trained. {@code trainLastLayers}, {@code trainFirstLayers} and {@code trainable} add up; where none of them is
 * given, all weights are meant. Of these {@code biasOnly} leaves the biases, and {@code frozen} takes away what it names.
 * What lies above the layers is trained beside them: the head always, a pooler that the checkpoint has unless {@code
 * frozen} names it (of its weights {@code biasOnly} leaves the bias, too).
 *
 * @param trainLastLayers so many of the highest transformer layers; 0 for none
 * @param trainFirstLayers so many of the lowest; not the embeddings, as in LLaMA-Factory's {@code freeze}
 * @param trainable modules or parameters by name, see {@link NamePattern}
 * @param frozen likewise
 * @param biasOnly BitFit: the terms named {@code bias}, those of the norms too (Ben Zaken et al. 2021, arXiv:2106.10199)
 * @param headOnly head and pooler; with no other option
 * @param gradualUnfreezing see {@link GradualUnfreezing}
 */
public record PartialConfig(
        int trainLastLayers,
        int trainFirstLayers,
        List<NamePattern> trainable,
        List<NamePattern> frozen,
        boolean biasOnly,
        boolean headOnly,
        boolean gradualUnfreezing) {

    private static final String OPTIONS =
            "train_last_layers, train_first_layers, trainable, frozen, bias_only, head_only, gradual_unfreezing";

    /** Reads the options of a request. */
    static PartialConfig read(Fields f) {
        Integer last = f.integer("train_last_layers", 1, Integer.MAX_VALUE);
        Integer first = f.integer("train_first_layers", 1, Integer.MAX_VALUE);
        PartialConfig config = new PartialConfig(
                last == null ? 0 : last,
                first == null ? 0 : first,
                patterns(f, "trainable"),
                patterns(f, "frozen"),
                f.flag("bias_only", false),
                f.flag("head_only", false),
                f.flag("gradual_unfreezing", false));
        List<String> others = given(f, config);
        if (config.headOnly && !others.isEmpty()) {
            f.error(
                    "head_only",
                    "%s is true, but %s would train more than the head; leave out one or the other"
                            .formatted(f.param("head_only"), String.join(", ", others)));
        } else if (!config.headOnly && others.isEmpty()) {
            f.error(
                    "name",
                    "%s is partial, but nothing says which part is trained; give at least one of %s (to train all, use full)"
                            .formatted(f.param("name"), OPTIONS));
        }
        return config;
    }

    /** Reports a {@code gradual_unfreezing} that can't do what it says, where that follows without the model. */
    void check(TrainingOptions training, Fields f) {
        if (!gradualUnfreezing || !trainable.isEmpty() || !frozen.isEmpty()) {
            return;
        }
        // The two may overlap in a small model.
        int least = Math.max(trainLastLayers, trainFirstLayers);
        String param = f.param("gradual_unfreezing");
        if (trainLastLayers + trainFirstLayers == 1) {
            f.error(
                    "gradual_unfreezing",
                    "%s needs two layers or more to free one after another, but the options choose 1; choose more, or leave it out"
                            .formatted(param));
        } else if (training.maxSteps() == null && least > training.epochs()) {
            f.error(
                    "gradual_unfreezing",
                    "%s %s, or leave it out".formatted(param, GradualUnfreezing.unreached(least, training.epochs())));
        }
    }

    /** The options beside {@code head_only} that the request has and that say something. */
    private static List<String> given(Fields f, PartialConfig config) {
        List<String> given = new ArrayList<>();
        for (String name : List.of("train_last_layers", "train_first_layers", "trainable", "frozen")) {
            if (f.has(name)) {
                given.add(name);
            }
        }
        if (config.biasOnly) {
            given.add("bias_only");
        }
        if (config.gradualUnfreezing) {
            given.add("gradual_unfreezing");
        }
        return given;
    }

    private static List<NamePattern> patterns(Fields f, String name) {
        JsonNode value = f.raw(name);
        String single = value.isTextual() ? f.text(name, null) : null;
        List<String> texts = value.isTextual() ? (single == null ? List.of() : List.of(single)) : list(f, name);
        if (value.isArray() && value.isEmpty()) {
            f.error(name, "%s is an empty list; name modules, or leave it out".formatted(f.param(name)));
        }
        List<NamePattern> patterns = new ArrayList<>();
        for (String text : texts) {
            String problem = ModuleNames.problem(text);
            if (problem.isEmpty()) {
                patterns.add(new NamePattern(text));
            } else {
                f.error(
                        name,
                        "%s has %s, which is neither a name nor a regular expression that can be used: %s"
                                .formatted(f.param(name), ModuleNames.shown(text), problem));
            }
        }
        return List.copyOf(patterns);
    }

    private static List<String> list(Fields f, String name) {
        @Nullable List<String> texts = f.texts(name);
        return texts == null ? List.of() : texts;
    }

    /** Whether some part is named, so that not all is meant. */
    boolean namesAPart() {
        return trainLastLayers > 0 || trainFirstLayers > 0 || !trainable.isEmpty();
    }
}
