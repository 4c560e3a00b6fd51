package io.tenfold.method.distillation;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tenfold.job.Fields;
import io.tenfold.job.FineTuneRequest;
import io.tenfold.job.FineTuneRequest.TaskType;
import io.tenfold.method.MethodRegistry;
import io.tenfold.method.distillation.DistillationConfig.Attention;
import io.tenfold.method.distillation.DistillationConfig.Hidden;
import io.tenfold.method.distillation.DistillationConfig.Relation;
import io.tenfold.method.distillation.DistillationConfig.TeacherOptions;
import io.tenfold.method.distillation.DistillationConfig.Train;
import io.tenfold.train.TeacherWords;
import jakarta.inject.Provider;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads the options. */
final class DistillationOptions {

    private static final String TEACHER = "teacher";
    private static final String MODEL = "model";
    private static final String ARTIFACT = "artifact";
    private static final String TRAIN = "train";
    private static final String STUDENT_LAYERS = "student_layers";
    private static final String HARD_LABEL_WEIGHT = "hard_label_weight";
    private static final String KL = "kl";
    private static final String TOP_K = "top_k";

    /** One stage, rows encoded as the model has them, nothing else to be fetched. */
    private static final List<String> TEACHERS = List.of("adapter", "full", "lora", "partial", "prefix", "prompt");

    /** Their artifacts are whole models. */
    private static final List<String> WHOLE = List.of("full", "partial");

    /** They put virtual tokens, or keys, beside the text's. */
    private static final List<String> VIRTUAL = List.of("prefix", "prompt");

    private final Provider<MethodRegistry> methods;

    DistillationOptions(Provider<MethodRegistry> methods) {
        this.methods = methods;
    }

    DistillationConfig read(Fields options) {
        DistillationConfig config = new DistillationConfig(
                teacher(options),
                options.integer(STUDENT_LAYERS, 1, 1_000),
                options.number(
                        "temperature",
                        x -> x > 0 && x <= 1_000,
                        "above 0 and at most 1000 (4 is usual, for causal_lm 1: as they are)"),
                options.number(
                        HARD_LABEL_WEIGHT,
                        0.5,
                        x -> x >= 0 && x <= 1,
                        "from 0 (the teacher alone) to 1 (the labels alone)"),
                hidden(options),
                attention(options),
                relation(options),
                options.oneOf(KL, List.of("forward", "reverse"), "forward").equals("reverse"),
                options.integer(TOP_K, TeacherWords.USUAL_TOP, 0, 1_000_000),
                options.flag("baseline", false));
        if (!config.learns()) {
            options.error(
                    HARD_LABEL_WEIGHT,
                    "%s is 1 and neither hidden, attention nor relation is given, so that nothing is learned from the teacher; give less, or one of these"
                            .formatted(options.param(HARD_LABEL_WEIGHT)));
        }
        checkStudent(config, options);
        checkTeacher(config, options);
        return config;
    }

    /** Reports what does not go with the request's task. */
    static void check(FineTuneRequest request, Fields options) {
        TaskType type = request.task().type();
        boolean language = type == TaskType.CAUSAL_LM;
        for (String option : language ? List.of("hidden", "attention", "relation") : List.of(KL, TOP_K)) {
            if (options.has(option)) {
                options.error(
                        option,
                        language
                                ? "%s compares layers, which is not served for causal_lm; leave it out: the student learns what the teacher says of every trained token"
                                        .formatted(options.param(option))
                                : "%s is for the words of causal_lm, but task.type is %s; leave it out"
                                        .formatted(options.param(option), type.wire()));
            }
        }
    }

    private static void checkStudent(DistillationConfig config, Fields options) {
        Integer layers = config.studentLayers();
        if (layers == null) {
            return;
        }
        Train train = config.teacher().train();
        if (train != null && !WHOLE.contains(train.method().name())) {
            options.error(
                    STUDENT_LAYERS,
                    "%s takes layers of the tuned teacher, but with teacher.train.method %s that is no whole model; tune it with full or partial, or give the student as model"
                            .formatted(
                                    options.param(STUDENT_LAYERS),
                                    train.method().name()));
        }
        if (config.hidden() != null
                && config.hidden().layerMap() instanceof LayerMap.Explicit(List<LayerMap.Pair> pairs, boolean asList)
                && (asList ? pairs.size() != layers : pairs.stream().anyMatch(pair -> pair.student() >= layers))) {
            options.error(
                    "hidden.layer_map",
                    "%s does not fit a student of %d layers, 0 to %d; name one of the teacher's for each, or pairs"
                            .formatted(options.param("hidden.layer_map"), layers, layers - 1));
        }
    }

    private static void checkTeacher(DistillationConfig config, Fields options) {
        Train train = config.teacher().train();
        if (train != null
                && config.comparesLayers()
                && VIRTUAL.contains(train.method().name())) {
            options.error(
                    TEACHER,
                    "%s.train.method is %s, whose layers see tokens that the student does not have; leave out hidden, attention and relation, or tune the teacher in another way"
                            .formatted(options.param(TEACHER), train.method().name()));
        }
    }

    private TeacherOptions teacher(Fields options) {
        Fields teacher = options.object(TEACHER, false);
        String model = teacher.text(MODEL, null);
        String artifact = teacher.text(ARTIFACT, null);
        if (teacher.has(MODEL) == teacher.has(ARTIFACT)) {
            options.error(
                    TEACHER,
                    "%s must have either model, a whole model, or artifact, what an earlier job left"
                            .formatted(options.param(TEACHER)));
        }
        Train train = null;
        if (teacher.has(TRAIN)) {
            train = train(teacher.object(TRAIN, false));
            if (teacher.has(ARTIFACT)) {
                teacher.error(
                        TRAIN,
                        "%s is given beside artifact, which is tuned already; leave one of the two out"
                                .formatted(teacher.param(TRAIN)));
            }
        }
        teacher.refuseUnknown();
        return new TeacherOptions(model, artifact, train);
    }

    private Train train(Fields train) {
        Train read = new Train(
                train.number("learning_rate", x -> x > 0 && x <= 10, "above 0 (2e-5 is usual for full, 1e-4 for lora)"),
                train.integer("epochs", 1, 100_000),
                train.integer("max_steps", 1, Integer.MAX_VALUE),
                method(train));
        train.refuseUnknown();
        return read;
    }

    private FineTuneRequest.Method method(Fields train) {
        ObjectNode options = JsonNodeFactory.instance.objectNode();
        if (!train.has("method")) {
            return new FineTuneRequest.Method("full", options);
        }
        JsonNode raw = train.raw("method");
        Fields method = train.object("method", false);
        String name = method.demandedText("name", "full");
        if (!TEACHERS.contains(name)) {
            if (!name.isEmpty()) {
                method.error("name", Fields.notOneOf(method.param("name"), name, TEACHERS));
            }
            return new FineTuneRequest.Method("full", options);
        }
        methods.get().check(name, method);
        if (name.equals("prompt") && raw.path("kind").asText().equals("hard")) {
            method.error(
                    "kind",
                    "%s is hard, which reads rows within templates; tune the teacher with kind soft, or another method"
                            .formatted(method.param("kind")));
        }
        for (String made : List.of("extract", "merge_adapters")) {
            if (method.has(made)) {
                method.error(
                        made,
                        "%s makes an adapter without training; make it in a job of its own and give it as teacher.artifact"
                                .formatted(method.param(made)));
            }
        }
        method.refuseUnknown(methods.get()::owners);
        raw.properties().forEach(option -> options.set(option.getKey(), option.getValue()));
        options.remove("name");
        return new FineTuneRequest.Method(name, options);
    }

    private static double weight(Fields loss) {
        return loss.number("weight", 1.0, x -> x > 0 && x <= 1e6, "above 0 and at most 1000000 (1 is usual)");
    }

    private static @Nullable Hidden hidden(Fields options) {
        if (!options.has("hidden")) {
            return null;
        }
        Fields hidden = options.object("hidden", false);
        Hidden read = new Hidden(weight(hidden), LayerMap.read(hidden), hidden.flag("embeddings", false));
        hidden.refuseUnknown();
        return read;
    }

    private static @Nullable Attention attention(Fields options) {
        if (!options.has("attention")) {
            return null;
        }
        Fields attention = options.object("attention", false);
        Attention read = new Attention(weight(attention), attention.integer("layer", 0, 1_000));
        attention.refuseUnknown();
        return read;
    }

    private static @Nullable Relation relation(Fields options) {
        if (!options.has("relation")) {
            return null;
        }
        Fields relation = options.object("relation", false);
        Relation read = new Relation(
                weight(relation), relation.integer("layer", 0, 1_000), relation.integer("relation_heads", 1, 10_000));
        relation.refuseUnknown();
        return read;
    }
}
