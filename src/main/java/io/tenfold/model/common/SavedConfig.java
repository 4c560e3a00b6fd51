package io.tenfold.model.common;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tenfold.model.HeadSpec;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The {@code config.json} of a model with its head, as Transformers writes it. */
final class SavedConfig {

    private SavedConfig() {}

    /**
     * @param json the config that the model was loaded with
     * @param spec the head that has no name, as in Transformers; null where there are several
     */
    static ObjectNode of(ObjectNode json, ModelFamily family, @Nullable HeadSpec spec) {
        ObjectNode saved = json.deepCopy();
        if (spec == null) {
            saved.putArray("architectures").add(family.className() + "Model");
            saved.remove(List.of("id2label", "label2id", "problem_type"));
        } else {
            saved.putArray("architectures").add(family.className(spec));
            switch (spec.kind()) {
                case CLASSES -> putLabels(spec, saved).put("problem_type", "single_label_classification");
                case NUMBER -> putLabels(spec, saved).put("problem_type", "regression");
                case TOKENS -> putLabels(spec, saved).remove("problem_type");
                case VOCABULARY, VOCABULARY_OR_NEW -> {}
            }
            family.complete(saved, spec);
        }
        // Half precisions were widened when they were read; Transformers goes by this key.
        saved.remove("dtype");
        return saved.put("torch_dtype", "float32");
    }

    private static ObjectNode putLabels(HeadSpec spec, ObjectNode saved) {
        ObjectNode names = saved.putObject("id2label");
        ObjectNode numbers = saved.putObject("label2id");
        for (int i = 0; i < spec.labels().size(); i++) {
            names.put(String.valueOf(i), spec.labels().get(i));
            numbers.put(spec.labels().get(i), i);
        }
        return saved;
    }
}
