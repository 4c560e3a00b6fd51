package io.tenfold.method.distillation;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tenfold.job.ArtifactStore;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.FineTuneRequest;
import io.tenfold.job.JobException;
import io.tenfold.job.RequestReader;
import io.tenfold.method.ArtifactModels;
import io.tenfold.method.MethodRegistry;
import io.tenfold.method.distillation.DistillationConfig.TeacherOptions;
import io.tenfold.method.distillation.DistillationConfig.Train;
import io.tenfold.model.ModelHooks;
import io.tenfold.model.Network;
import io.tenfold.model.common.ModelSizes;
import io.tenfold.model.family.Models;
import io.tenfold.tensor.Parameters;
import io.tenfold.tensor.WordDistillation;
import io.tenfold.train.Inputs;
import io.tenfold.train.ModelFiles;
import io.tenfold.train.Networks;
import io.tenfold.train.Recipe;
import io.tenfold.train.SpillingMemory;
import io.tenfold.train.Stage;
import io.tenfold.train.StageOutcome;
import io.tenfold.train.TaughtObjective;
import io.tenfold.train.TeacherWords;
import io.tenfold.train.Tuning;
import jakarta.inject.Provider;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The stages: the teacher, if it is tuned first; the student alone, if asked; the student. */
final class DistillationRecipe implements Recipe {

    static final String TEACHER = "teacher";
    static final String ALONE = "student_alone";
    static final String STUDENT = "student";

    private final DistillationConfig config;
    private final FineTuneRequest request;
    private final double usualRate;
    private final Provider<MethodRegistry> methods;
    private final ArtifactModels models;

    DistillationRecipe(
            DistillationConfig config,
            FineTuneRequest request,
            double usualRate,
            Provider<MethodRegistry> methods,
            ArtifactModels models) {
        this.config = config;
        this.request = request;
        this.usualRate = usualRate;
        this.methods = methods;
        this.models = models;
    }

    @Override
    public List<Stage> stages() {
        List<Stage> stages = new ArrayList<>();
        Train train = config.teacher().train();
        if (train != null) {
            stages.add(new TeacherStage(teacherRequest(train)));
        }
        if (config.baseline()) {
            stages.add(new StudentStage(ALONE, false));
        }
        stages.add(new StudentStage(stages.isEmpty() ? null : STUDENT, true));
        return stages;
    }

    /** The request that tunes the teacher alone: the job's, with the teacher's model, method and steps. */
    private FineTuneRequest teacherRequest(Train train) {
        ObjectNode body = request.body().deepCopy();
        body.put("model", config.teacher().location());
        body.set("method", train.method().options().deepCopy());
        body.withObject("/method").put("name", train.method().name());
        if (!body.path("training").isObject()) {
            body.putObject("training");
        }
        ObjectNode training = body.withObject("/training");
        training.put("learning_rate", train.learningRate());
        if (train.epochs() != null || train.maxSteps() != null) {
            training.put("epochs", train.epochs()).put("max_steps", train.maxSteps());
        }
        body.put("output", ArtifactStore.child(request.output(), TEACHER));
        body.remove("gates");
        // Locations were checked with the job's own request.
        return new RequestReader(methods.get(), (_, _) -> {}).readValid(body, request.id());
    }

    @Override
    public Finish finish(Inputs inputs, List<StageOutcome> done) {
        List<Besides> besides = new ArrayList<>();
        Train train = config.teacher().train();
        if (train != null) {
            besides.add(new Besides(
                    TEACHER,
                    done.getFirst(),
                    teacherRequest(train),
                    inputs.folder(config.teacher().option())));
        }
        TeacherFiles files = TeacherFiles.of(config.teacher(), inputs, done, models);
        return new Finish(done.getLast(), new Comparison(inputs, models).metrics(files, done), besides);
    }

    /** What can be known before the first stage, so that none runs in vain. */
    private void check(Inputs job) {
        TeacherOptions options = config.teacher();
        TeacherFiles files = TeacherFiles.of(options, job, List.of(), models);
        files.check(job.tokenizer());
        ModelSizes teacher = files.sizes();
        Integer layers = config.studentLayers();
        if (layers != null && layers > teacher.layers()) {
            throw new JobException(
                    ErrorCode.BAD_REQUEST,
                    "method.student_layers",
                    "method.student_layers is %d, but the teacher %s has %d layers; give at most that"
                            .formatted(layers, options.location(), teacher.layers()));
        }
        Lessons lessons = Lessons.of(config, studentSizes(job, teacher), teacher);
        if (lessons.any() && (Models.isDecoder(job.modelFolder()) || Models.isDecoder(files.model()))) {
            throw new JobException(
                    ErrorCode.BAD_REQUEST,
                    "method." + config.comparesBy(),
                    "method.%s compares the layers of encoders, but the model is a decoder (%s); leave it out"
                            .formatted(config.comparesBy(), Networks.modelType(files.model())));
        }
        if (language(job)) {
            checkWords(files, studentSizes(job, teacher), teacher);
        }
        if (options.train() != null) {
            return;
        }
        try (Teacher opened = Teacher.open(files, job, models, new Taps(Set.of()))) {
            if (lessons.any() && opened.network().virtualTokens() > 0) {
                throw files.bad(
                        "the teacher %s has virtual tokens, which the student does not have; leave out hidden, attention and relation"
                                .formatted(options.location()));
            }
        }
    }

    private static boolean language(Inputs inputs) {
        return inputs.task().head().vocabulary();
    }

    /** Output layers of padded vocabularies may differ though the tokenizers don't: what is no token has no name to go by. */
    private static void checkWords(TeacherFiles files, ModelSizes student, ModelSizes teacher) {
        if (student.vocabulary() != teacher.vocabulary()) {
            throw files.bad(
                    "the teacher %s has an output layer of %d words and the student one of %d, though they have one tokenizer; make them alike (Transformers' resize_token_embeddings), or take another pair"
                            .formatted(files.options().location(), teacher.vocabulary(), student.vocabulary()));
        }
    }

    private ModelSizes studentSizes(Inputs job, ModelSizes teacher) {
        Integer layers = config.studentLayers();
        return layers == null ? Models.sizes(job.modelFolder()) : teacher.withLayers(layers);
    }

    /** Tunes the teacher by the method that the options name. */
    private final class TeacherStage implements Stage {

        private final FineTuneRequest own;

        TeacherStage(FineTuneRequest own) {
            this.own = own;
        }

        @Override
        public String name() {
            return TEACHER;
        }

        @Override
        public Inputs inputs(Inputs job, List<StageOutcome> done) {
            check(job);
            return job.on(job.folder(config.teacher().option())).with(own);
        }

        @Override
        public Tuning prepare(Inputs inputs, List<StageOutcome> done) {
            return methods.get().tuning(inputs);
        }
    }

    /** Trains the student, with its teacher or alone. */
    private final class StudentStage implements Stage {

        private final @Nullable String name;
        private final boolean taught;

        StudentStage(@Nullable String name, boolean taught) {
            this.name = name;
            this.taught = taught;
        }

        @Override
        public @Nullable String name() {
            return name;
        }

        @Override
        public Inputs inputs(Inputs job, List<StageOutcome> done) {
            if (done.isEmpty()) {
                check(job);
            }
            Integer layers = config.studentLayers();
            if (layers == null) {
                return job;
            }
            // Alone means without what the teacher learnt: where it was tuned in this job, its layers are taken as they
            // were before.
            boolean untuned = !taught && config.teacher().train() != null;
            TeacherFiles files = TeacherFiles.of(config.teacher(), job, untuned ? List.of() : done, models);
            return job.on(StudentCut.write(
                    files,
                    LayerMap.uniform(layers, files.sizes().layers()),
                    untuned || language(job) ? null : Teacher.columns(models.head(files.folder()), files, job),
                    job.workFolder().resolve(taught ? STUDENT : ALONE),
                    job.backend()));
        }

        @Override
        public Tuning prepare(Inputs inputs, List<StageOutcome> done) {
            if (!taught) {
                Network network = Networks.load(inputs, ModelHooks.NONE);
                return tuning(inputs, network, network.parameters());
            }
            TeacherFiles files = TeacherFiles.of(config.teacher(), inputs, done, models);
            if (language(inputs)) {
                return ofWords(inputs, files);
            }
            Lessons lessons = Lessons.of(config, Models.sizes(inputs.modelFolder()), files.sizes());
            Taps taps = new Taps(lessons.studentPoints());
            Network network = Networks.load(inputs, taps);
            try {
                Teacher teacher = Teacher.open(files, inputs, models, new Taps(lessons.teacherPoints()));
                network.closeWithIt(teacher);
                return taught(
                        inputs,
                        lessons,
                        new DistillationObjective.Student(network, taps, new Projection(lessons, network, inputs)),
                        teacher);
            } catch (RuntimeException e) {
                network.close();
                throw e;
            }
        }

        private Tuning ofWords(Inputs inputs, TeacherFiles files) {
            Network network = Networks.load(inputs, ModelHooks.NONE);
            try {
                Teacher teacher = Teacher.open(files, inputs, models, new Taps(Set.of()));
                network.closeWithIt(teacher);
                WordDistillation loss =
                        new WordDistillation(config.hardLabelWeight(), config.temperature(true), config.reverse());
                TeacherWords words = new TeacherWords(teacher.network(), loss, config.topK(), inputs);
                return tuning(inputs, network, network.parameters())
                        .withObjective(new TaughtObjective(network, words, loss));
            } catch (RuntimeException e) {
                network.close();
                throw e;
            }
        }

        private Tuning taught(Inputs inputs, Lessons lessons, DistillationObjective.Student student, Teacher teacher) {
            Parameters trained = new Parameters(student.network().parameters().list());
            trained.addAll(student.projection().parameters());
            TeacherAnswers answers =
                    new TeacherAnswers(teacher, lessons, inputs, SpillingMemory.MOST_KEPT, SpillingMemory.usualLimit());
            return tuning(inputs, student.network(), trained)
                    .withObjective(new DistillationObjective(config, student, answers, lessons));
        }

        private Tuning tuning(Inputs inputs, Network network, Parameters trained) {
            List<String> modules = new ArrayList<>(network.newModules());
            modules.add(Projection.NAME);
            return Tuning.ofHead(
                    inputs,
                    network,
                    trained,
                    usualRate,
                    modules,
                    folder -> ModelFiles.write(folder, network, inputs.tokenizer()));
        }
    }
}
