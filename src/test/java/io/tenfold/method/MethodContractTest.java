package io.tenfold.method;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDManager;
import io.tenfold.data.Batch;
import io.tenfold.job.FineTuneRequest.TaskType;
import io.tenfold.job.Interruption;
import io.tenfold.model.LoadOptions;
import io.tenfold.model.ModelHooks;
import io.tenfold.model.Network;
import io.tenfold.model.family.Models;
import io.tenfold.tensor.Gradients;
import io.tenfold.tensor.Parameter;
import io.tenfold.tensor.Recording;
import io.tenfold.train.Forward;
import io.tenfold.train.Inputs;
import io.tenfold.train.Networks;
import io.tenfold.train.Predicted;
import io.tenfold.train.Predictions;
import io.tenfold.train.PreferencePredictions;
import io.tenfold.train.QuietSink;
import io.tenfold.train.StoppedException;
import io.tenfold.train.TrainingLoop;
import io.tenfold.train.TrainingResult;
import io.tenfold.train.Tuning;
import io.tenfold.train.WordPredictions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What every method owes, run over all of them and their variants. A new one is a line in the constants below. */
class MethodContractTest {

    private static final String FULL = "{\"name\": \"full\"}";
    private static final String FULL_DECAY = "{\"name\": \"full\", \"layerwise_lr_decay\": 0.8}";
    private static final String LORA = "{\"name\": \"lora\", \"r\": 2}";
    private static final String LORA_ALL =
            "{\"name\": \"lora\", \"target_modules\": \"all-linear\", \"use_rslora\": true,"
                    + " \"bias\": \"all\", \"init_lora_weights\": \"gaussian\", \"lora_dropout\": 0.1}";
    private static final String LORA_ONE =
            "{\"name\": \"lora\", \"target_modules\": \".*value\", \"layers_to_transform\": 1,"
                    + " \"bias\": \"lora_only\", \"rank_pattern\": {\"value\": 3}, \"modules_to_save\": [\"pooler\"]}";
    private static final String LORA_DORA =
            "{\"name\": \"lora\", \"target_modules\": \"all-linear\", \"use_dora\": true, \"lora_dropout\": 0.1}";
    private static final String LORA_PISSA = "{\"name\": \"lora\", \"r\": 4, \"init_lora_weights\": \"pissa\"}";
    private static final String LORA_OLORA = "{\"name\": \"lora\", \"target_modules\": \"all-linear\", \"r\": 3,"
            + " \"init_lora_weights\": \"olora\", \"use_rslora\": true}";
    private static final String LORA_PLUS = "{\"name\": \"lora\", \"r\": 2, \"loraplus_lr_ratio\": 4}";
    private static final String LORA_NF4 = "{\"name\": \"lora\", \"r\": 2, \"quantize\": \"nf4\"}";
    private static final String LORA_NF4_DORA =
            "{\"name\": \"lora\", \"quantize\": \"nf4\", \"use_dora\": true, \"bias\": \"lora_only\"}";
    private static final String PARTIAL_LAST = "{\"name\": \"partial\", \"train_last_layers\": 1}";
    private static final String PARTIAL_FIRST =
            "{\"name\": \"partial\", \"train_first_layers\": 1, \"frozen\": [\"attention\"]}";
    private static final String PARTIAL_BIAS = "{\"name\": \"partial\", \"bias_only\": true}";
    private static final String PARTIAL_HEAD = "{\"name\": \"partial\", \"head_only\": true}";
    private static final String PARTIAL_NAMED =
            "{\"name\": \"partial\", \"trainable\": [\".*layer\\\\.1\\\\..*weight\", \"LayerNorm\"], \"frozen\": \"embeddings\"}";
    private static final String PARTIAL_GRADUAL = "{\"name\": \"partial\", \"gradual_unfreezing\": true}";

    private static final String SOFT = "{\"name\": \"prompt\", \"kind\": \"soft\", \"num_virtual_tokens\": 4}";
    private static final String SOFT_TEXT =
            "{\"name\": \"prompt\", \"kind\": \"soft\", \"prompt_tuning_init\": \"TEXT\","
                    + " \"prompt_tuning_init_text\": \"is this good or bad\"}";
    private static final String SOFT_VOCABULARY =
            "{\"name\": \"prompt\", \"kind\": \"soft\", \"prompt_tuning_init\": \"SAMPLE_VOCAB\"}";
    private static final String P_TUNING = "{\"name\": \"prompt\", \"kind\": \"p_tuning\", \"num_virtual_tokens\": 4}";
    private static final String P_TUNING_LSTM = "{\"name\": \"prompt\", \"kind\": \"p_tuning\","
            + " \"encoder_reparameterization_type\": \"LSTM\", \"encoder_hidden_size\": 12, \"encoder_dropout\": 0.1}";
    private static final String PREFIX = "{\"name\": \"prefix\", \"num_virtual_tokens\": 4}";
    private static final String PREFIX_PROJECTION =
            "{\"name\": \"prefix\", \"prefix_projection\": true, \"encoder_hidden_size\": 12}";

    private static final String HOULSBY = "{\"name\": \"adapter\", \"kind\": \"houlsby\", \"reduction_factor\": 8}";
    private static final String PFEIFFER = "{\"name\": \"adapter\"}";
    private static final String PARALLEL = "{\"name\": \"adapter\", \"kind\": \"parallel\"}";
    private static final String IA3 = "{\"name\": \"adapter\", \"kind\": \"ia3\"}";
    private static final String IA3_ALL =
            "{\"name\": \"adapter\", \"kind\": \"ia3\", \"target_modules\": \"all-linear\"}";
    private static final String IA3_OUTPUTS =
            "{\"name\": \"adapter\", \"kind\": \"ia3\", \"target_modules\": [\"key\", \"value\"]}";

    private static final String SOURCE_ONLY = "{\"name\": \"domain\", \"kind\": \"source_only\"}";
    private static final String DANN = "{\"name\": \"domain\", \"kind\": \"dann\"}";
    private static final String CORAL = "{\"name\": \"domain\", \"kind\": \"coral\"}";
    private static final String MMD = "{\"name\": \"domain\", \"kind\": \"mmd\"}";
    private static final String SUPERVISED = "{\"name\": \"domain\", \"kind\": \"supervised\"}";
    private static final String PRETRAIN =
            "{\"name\": \"domain\", \"kind\": \"pretrain\", \"pretrain_on\": \"both\", \"pretrain_steps\": 12}";
    private static final String DISTILLED =
            "{\"name\": \"distillation\", \"teacher\": {\"model\": \"file:src/test/resources/golden/distilbert\"}}";
    private static final String DISTILLED_LAYERS = DISTILLED.replace(
            "}}",
            "}, \"temperature\": 1, \"hard_label_weight\": 0.9, \"hidden\": {\"embeddings\": true, \"weight\": 0.05},"
                    + " \"attention\": {\"weight\": 0.05}, \"relation\": {\"weight\": 0.05}}");
    private static final String DISTILLED_CUT =
            DISTILLED.replace("}}", "}, \"student_layers\": 2, \"hard_label_weight\": 0.2}");

    private static final String HARD = """
            {"name": "prompt", "kind": "hard", "shots": 2, "templates": ["{text} It was about [MASK]."],
             "verbalizer": {"food": ["soup", "bread"], "travel": ["train"], "weather": ["rain", "cold"]}}""";

    private static final String CONTINUAL = "{\"name\": \"continual\", \"strategy\": \"naive\", \"base\": \"full\"}";
    private static final String CONTINUAL_LORA =
            "{\"name\": \"continual\", \"strategy\": \"lwf\", \"base\": {\"name\": \"lora\", \"r\": 2}}";
    private static final String CONTINUAL_WORDS =
            "{\"name\": \"continual\", \"strategy\": \"naive\", \"base\": {\"name\": \"lora\", \"r\": 2}}";
    private static final String CONTINUAL_EWC = "{\"name\": \"continual\", \"strategy\": \"ewc\", \"base\": \"full\"}";
    private static final String CONTINUAL_ONLINE =
            "{\"name\": \"continual\", \"strategy\": \"ewc\", \"online\": true, \"base\": \"full\"}";
    private static final String CONTINUAL_REPLAY =
            "{\"name\": \"continual\", \"strategy\": \"replay\", \"base\": \"full\"}";
    private static final String CONTINUAL_LWF = "{\"name\": \"continual\", \"strategy\": \"lwf\", \"base\": \"full\"}";
    private static final String CONTINUAL_EXPANSION = "{\"name\": \"continual\", \"strategy\": \"expansion\"}";
    private static final String CONTINUAL_ADAPTERS =
            "{\"name\": \"continual\", \"strategy\": \"expansion\", \"base\": \"adapter\"}";

    /** Before a method that is to tag words. */
    private static final String TAGS = "tags of words with ";

    private static final List<String> TAGGING = Stream.of(
                    FULL, LORA, LORA_ALL, LORA_NF4, PARTIAL_LAST, PARTIAL_HEAD, SOFT, PREFIX, PFEIFFER, IA3)
            .map(TAGS::concat)
            .toList();

    /** Before a method that is to learn answers, with a decoder. */
    private static final String WORDS = "words with ";

    private static final List<String> WRITING = Stream.of(
                    FULL,
                    LORA,
                    LORA_ALL,
                    LORA_DORA,
                    LORA_PISSA,
                    LORA_OLORA,
                    LORA_NF4,
                    LORA_NF4_DORA,
                    SOFT,
                    SOFT_TEXT,
                    SOFT_VOCABULARY,
                    P_TUNING,
                    P_TUNING_LSTM,
                    PREFIX,
                    PREFIX_PROJECTION,
                    PARTIAL_LAST,
                    PARTIAL_GRADUAL,
                    HOULSBY,
                    PFEIFFER,
                    PARALLEL,
                    IA3,
                    IA3_ALL,
                    SOURCE_ONLY,
                    SUPERVISED,
                    PRETRAIN,
                    CONTINUAL,
                    CONTINUAL_WORDS,
                    CONTINUAL_EWC,
                    CONTINUAL_REPLAY,
                    CONTINUAL_LWF,
                    CONTINUAL_EXPANSION,
                    CONTINUAL_ADAPTERS)
            .map(WORDS::concat)
            .toList();

    /** Every method and variant but hard prompts, which need a model with its language head (HardPromptTest). */
    private static final List<String> LABELLING = List.of(
            FULL,
            FULL_DECAY,
            LORA,
            LORA_ALL,
            LORA_ONE,
            LORA_DORA,
            LORA_PISSA,
            LORA_OLORA,
            LORA_PLUS,
            LORA_NF4,
            LORA_NF4_DORA,
            SOFT,
            SOFT_TEXT,
            SOFT_VOCABULARY,
            P_TUNING,
            P_TUNING_LSTM,
            PREFIX,
            PREFIX_PROJECTION,
            PARTIAL_LAST,
            PARTIAL_FIRST,
            PARTIAL_BIAS,
            PARTIAL_HEAD,
            PARTIAL_NAMED,
            PARTIAL_GRADUAL,
            HOULSBY,
            PFEIFFER,
            PARALLEL,
            IA3,
            IA3_ALL,
            IA3_OUTPUTS,
            DISTILLED,
            DISTILLED_LAYERS,
            DISTILLED_CUT,
            SOURCE_ONLY,
            DANN,
            CORAL,
            MMD,
            SUPERVISED,
            PRETRAIN,
            CONTINUAL,
            CONTINUAL_LORA,
            CONTINUAL_EWC,
            CONTINUAL_ONLINE,
            CONTINUAL_REPLAY,
            CONTINUAL_LWF,
            CONTINUAL_EXPANSION,
            CONTINUAL_ADAPTERS);

    /** Their loss compares the rows of a batch, so that two halves are not the whole. */
    private static final Set<String> COMPARING_ROWS = Set.of(CORAL, MMD);

    private static final List<String> ALL =
            Stream.of(LABELLING, TAGGING, WRITING).flatMap(List::stream).toList();

    /** Their new weights are small, not zero. */
    private static final List<String> STARTING_NEAR = List.of(
            HOULSBY,
            PFEIFFER,
            TAGS + PFEIFFER,
            WORDS + HOULSBY,
            WORDS + PFEIFFER,
            CONTINUAL_ADAPTERS,
            WORDS + CONTINUAL_ADAPTERS);

    /** New tokens and keys, rounded weights, other layers, or heads drawn by a task's name change the logits; PiSSA's and OLoRA's start is LoraInitTest's. */
    private static final Set<String> STARTING_ELSEWHERE = Set.of(
            SOFT,
            SOFT_TEXT,
            SOFT_VOCABULARY,
            P_TUNING,
            P_TUNING_LSTM,
            PREFIX,
            PREFIX_PROJECTION,
            LORA_NF4,
            LORA_NF4_DORA,
            LORA_PISSA,
            LORA_OLORA,
            DISTILLED_CUT,
            CONTINUAL,
            CONTINUAL_LORA,
            CONTINUAL_EWC,
            CONTINUAL_ONLINE,
            CONTINUAL_REPLAY,
            CONTINUAL_LWF);

    /** They name modules that only BERT has, a pooler, a layer called value, or have a teacher that reads BERT's words. */
    private static final Set<String> OF_BERT =
            Set.of(LORA_ONE, IA3_OUTPUTS, DISTILLED, DISTILLED_LAYERS, DISTILLED_CUT);

    static List<String> all() {
        return ALL;
    }

    /** Without pretraining, which leaves no trained head. */
    static List<String> learningTheTask() {
        return ALL.stream().filter(method -> !alone(method).equals(PRETRAIN)).toList();
    }

    static List<String> ofRows() {
        return ALL.stream().filter(method -> !COMPARING_ROWS.contains(method)).toList();
    }

    static List<String> startingNearIt() {
        return STARTING_NEAR;
    }

    static List<String> startingAsThePlainModel() {
        return ALL.stream()
                .filter(method -> !STARTING_NEAR.contains(method) && !STARTING_ELSEWHERE.contains(alone(method)))
                .toList();
    }

    private static String alone(String method) {
        return method.replace(TAGS, "").replace(WORDS, "");
    }

    private static String model(String method) {
        return method.startsWith(WORDS) ? "language/llama" : "bert";
    }

    private static List<String> models(String method) {
        if (method.startsWith(WORDS)) {
            return List.of("language/llama", "language/gpt2");
        }
        return OF_BERT.contains(method)
                ? List.of("bert", "bert-bare")
                : List.of("bert", "bert-bare", "distilbert", "roberta");
    }

    private static final String TRAINING = """
            {"max_steps": 12, "batch_size": 4, "gradient_accumulation_steps": 2, "learning_rate": 5e-3, "eval_steps": 5,
             "logging_steps": 1, "seed": 7}""";

    @TempDir
    Path folder;

    @ParameterizedTest
    @MethodSource("learningTheTask")
    void lossFalls(String method) throws Exception {
        String training = """
                {"max_steps": 30, "batch_size": 8, "learning_rate": %s, "dropout": 0}""".formatted(method.contains("full") || method.contains("domain") ? "1e-3" : "1e-2");
        try (Run run = new Run(model(method), method, training)) {
            double before = run.loss();
            run.loop(new QuietSink(), null).run();
            assertTrue(run.loss() < before - 0.05, "loss went from %f to %f".formatted(before, run.loss()));
        }
    }

    @ParameterizedTest
    @MethodSource("all")
    void onlyDeclaredWeightsMove(String method) throws Exception {
        try (Run run = new Run(model(method), method)) {
            Map<String, byte[]> before = bytes(run.tuning.network());
            run.loop(new QuietSink(), null).run();
            Map<String, byte[]> after = bytes(run.tuning.network());
            for (Map.Entry<String, byte[]> entry : before.entrySet()) {
                if (!run.tuning.trained().contains(entry.getKey())) {
                    assertArrayEquals(entry.getValue(), after.get(entry.getKey()), entry.getKey() + " is frozen");
                }
            }
            for (Parameter parameter : run.tuning.trained()) {
                assertTrue(parameter.trainable(), parameter.name());
            }
        }
    }

    @ParameterizedTest
    @MethodSource("learningTheTask")
    void whatIsSavedGivesTheSameLogits(String method) throws Exception {
        for (String model : models(method)) {
            Path artifact = Files.createDirectories(folder.resolve(model));
            float[][] trained;
            try (Run run = new Run(model, method)) {
                run.loop(new QuietSink(), null).run();
                run.tuning.writer().write(artifact);
                trained = run.predict(run.tuning.network());
            }
            try (Run run = new Run(model, method);
                    Network opened = run.open(artifact)) {
                float[][] again = run.predict(opened);
                for (int row = 0; row < trained.length; row++) {
                    assertArrayEquals(trained[row], again[row], 1e-5f, model + ", row " + row);
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("all")
    void anInterruptedRunEndsWithTheBytesOfOneThatNeverStopped(String method) throws Exception {
        Map<String, byte[]> straight;
        try (Run run = new Run(model(method), method)) {
            run.loop(new QuietSink(), null).run();
            straight = trainedBytes(run.tuning);
        }
        Path checkpoint;
        try (Run run = new Run(model(method), method)) {
            QuietSink sink = new QuietSink(Interruption.HAND_OVER, 9);
            StoppedException stopped = assertThrows(
                    StoppedException.class, () -> run.loop(sink, null).run());
            checkpoint = Path.of(String.valueOf(stopped.checkpointUri()));
        }
        try (Run run = new Run(model(method), method)) {
            run.loop(new QuietSink(), checkpoint).run();
            Map<String, byte[]> resumed = trainedBytes(run.tuning);
            straight.forEach((name, bytes) -> assertArrayEquals(bytes, resumed.get(name), name));
        }
    }

    @ParameterizedTest
    @MethodSource("startingAsThePlainModel")
    void someStartAsThePlainModel(String method) throws Exception {
        try (Run run = new Run(model(method), method);
                Network plain = run.plain()) {
            float[][] expected = run.predict(plain);
            float[][] actual = run.predict(run.tuning.network());
            for (int row = 0; row < expected.length; row++) {
                assertArrayEquals(expected[row], actual[row], 1e-6f);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("all")
    void whoDoesNotBeginAsThePlainModelSaysSo(String method) throws Exception {
        try (Run run = new Run(model(method), method)) {
            Network network = run.tuning.network();
            assertEquals(!STARTING_NEAR.contains(method) && network.virtualTokens() == 0, network.beganPlain());
        }
    }

    @ParameterizedTest
    @MethodSource("startingNearIt")
    void othersStartNearThePlainModel(String method) throws Exception {
        try (Run run = new Run(model(method), method);
                Network plain = run.plain()) {
            float[][] expected = run.predict(plain);
            float[][] actual = run.predict(run.tuning.network());
            float apart = 0;
            for (int row = 0; row < expected.length; row++) {
                assertArrayEquals(expected[row], actual[row], 0.05f);
                apart = Math.max(apart, Math.abs(expected[row][0] - actual[row][0]));
            }
            assertTrue(apart > 0, "new weights that are all zero would never move");
        }
    }

    @ParameterizedTest
    @MethodSource("ofRows")
    void accumulationGivesTheStepOfTheLargeBatch(String method) throws Exception {
        String accumulated = "{\"max_steps\": 6, \"batch_size\": 3, \"gradient_accumulation_steps\": 3, \"dropout\": 0,"
                + " \"learning_rate\": 1e-3, \"logging_steps\": 1, \"shuffle\": false}";
        String whole =
                accumulated.replace("\"batch_size\": 3, \"gradient_accumulation_steps\": 3", "\"batch_size\": 9");
        try (Run small = new Run(model(method), method, accumulated);
                Run large = new Run(model(method), method, whole)) {
            TrainingResult a = small.loop(new QuietSink(), null).run();
            TrainingResult b = large.loop(new QuietSink(), null).run();
            for (int i = 0; i < a.curve().size(); i++) {
                assertEquals(b.curve().get(i).loss(), a.curve().get(i).loss(), 1e-5);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("all")
    void nothingOfAStepIsLeft(String method) throws Exception {
        nothingIsLeft(model(method), method);
    }

    @Test
    void nothingOfAHardPromptsStepIsLeft() throws Exception {
        nothingIsLeft("bert-mlm", HARD);
    }

    private void nothingIsLeft(String model, String method) throws Exception {
        try (Run run = new Run(model, method)) {
            run.step();
            int ours = run.job.backend().manager().getManagedArrays().size();
            int networks = run.networkArrays();
            for (int step = 0; step < 5; step++) {
                run.step();
            }
            assertEquals(ours, run.job.backend().manager().getManagedArrays().size());
            assertEquals(networks, run.networkArrays());
        }
    }

    private static Map<String, byte[]> bytes(Network network) {
        Map<String, byte[]> bytes = new LinkedHashMap<>();
        for (Parameter parameter : network.parameters()) {
            if (!parameter.released()) {
                bytes.put(parameter.name(), parameter.value().toByteArray());
            }
        }
        return bytes;
    }

    private static Map<String, byte[]> trainedBytes(Tuning tuning) {
        Map<String, byte[]> bytes = new LinkedHashMap<>();
        for (Parameter parameter : tuning.trained()) {
            bytes.put(parameter.name(), parameter.value().toByteArray());
        }
        return bytes;
    }

    /** A job on a golden model, prepared to be trained. */
    private final class Run implements AutoCloseable {

        final String model;
        final GoldenJob job;
        final Inputs inputs;
        final Tuning tuning;

        Run(String model, String method) throws Exception {
            this(model, method, TRAINING);
        }

        Run(String model, String method, String training) throws Exception {
            this.model = model;
            job = new GoldenJob(
                    model,
                    method.startsWith(TAGS)
                            ? TaskType.TOKEN_CLASSIFICATION
                            : method.startsWith(WORDS) ? TaskType.CAUSAL_LM : TaskType.SEQUENCE_CLASSIFICATION,
                    alone(method),
                    training);
            inputs = job.stage().inputs(job.inputs(), List.of());
            tuning = job.stage().prepare(inputs, List.of());
        }

        TrainingLoop loop(QuietSink sink, @org.jspecify.annotations.Nullable Path resume) throws Exception {
            return new TrainingLoop(tuning, inputs, GoldenJob.environment(folder, sink, resume));
        }

        /** Forward and backward in training, and a pass in evaluation; the weights stay. */
        void step() {
            try (NDManager scope = job.backend().scope();
                    Recording recording = Recording.on()) {
                Batch batch = Batch.of(scope, job.inputs().training(), new int[] {0, 1, 2});
                recording.backward(tuning.objective().lossSum(batch, true));
                Gradients.drop(tuning.trained());
                Predicted.of(tuning.network(), tuning.forward(), job.inputs().training(), 4, job.backend(), _ -> {});
            }
        }

        int networkArrays() {
            return tuning.network()
                    .parameters()
                    .list()
                    .getFirst()
                    .value()
                    .getManager()
                    .getManagedArrays()
                    .size();
        }

        /** The model as it is without any method, with a head of the same seed. */
        Network plain() {
            return Models.load(
                    GoldenJob.GOLDEN.resolve(model),
                    Networks.head(job.inputs()),
                    ModelHooks.NONE,
                    job.backend(),
                    new LoadOptions(7, 0.0));
        }

        /** The logits of each row; of answers the mean loss. */
        float[][] predict(Network network) {
            return switch (predictions(network)) {
                case Predictions outputs -> outputs.logits();
                case WordPredictions words ->
                    IntStream.range(0, words.losses().length)
                            .mapToObj(row -> new float[] {
                                (float) (words.losses()[row]
                                        / job.inputs().training().trained(row))
                            })
                            .toArray(float[][]::new);
                case PreferencePredictions _ -> throw new IllegalStateException("the rows have one answer each");
            };
        }

        double loss() {
            return Double.parseDouble(String.valueOf(predictions(tuning.network())
                    .metrics(job.inputs().training())
                    .get("loss")));
        }

        private Predicted predictions(Network network) {
            String head = network.heads().containsKey("")
                    ? ""
                    : network.heads().keySet().iterator().next();
            Forward forward = head.isEmpty()
                    ? Forward.of(network)
                    : (batch, training) -> network.logits(head, batch.tokens(), training);
            return Predicted.of(network, forward, job.inputs().training(), 8, job.backend(), _ -> {});
        }

        Network open(Path artifact) {
            return job.open(artifact);
        }

        @Override
        public void close() {
            tuning.network().close();
            job.close();
        }
    }
}
