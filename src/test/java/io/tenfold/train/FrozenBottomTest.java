package io.tenfold.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tenfold.data.BatchPlan;
import io.tenfold.job.FineTuneRequest.TaskType;
import io.tenfold.method.GoldenJob;
import io.tenfold.model.ModelHooks;
import io.tenfold.model.Network;
import io.tenfold.tensor.Parameter;
import io.tenfold.tensor.Parameters;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What lies under the first trained layer is computed once, and nobody sees a difference but in time. */
class FrozenBottomTest {

    private static final String OPTIONS = """
            {"epochs": 3, "batch_size": 8, "learning_rate": 1e-3, "max_length": 64, "seed": 3, %s}""";
    private static final String STILL = OPTIONS.formatted("\"dropout\": 0, \"shuffle\": false");
    private static final String SHUFFLED = OPTIONS.formatted("\"dropout\": 0");
    private static final String DROPPED = OPTIONS.formatted("\"shuffle\": true");

    @TempDir
    Path folder;

    /** The last layer and all above it; of DistilBERT the last two. */
    private static boolean high(Parameter parameter, Network network) {
        return LayerNumber.of(parameter, network) >= 1;
    }

    private static boolean head(Parameter parameter, Network network) {
        return LayerNumber.of(parameter, network) == network.layers();
    }

    @ParameterizedTest
    @ValueSource(strings = {"bert", "roberta", "distilbert", "language/llama", "language/gpt2"})
    void theBytesAreThoseOfTheWholePassWhereBatchesStayTheSame(String model) throws Exception {
        Map<String, float[]> whole = train(model, STILL, false, false);
        same(whole, train(model, STILL, false, true), 0);
    }

    @ParameterizedTest
    @CsvSource({"bert,false", "bert,true", "roberta,true", "distilbert,false", "distilbert,true", "language/llama,false"
    })
    void shuffledBatchesMoveTheLastBitsAlone(String model, boolean headOnly) throws Exception {
        Map<String, float[]> whole = train(model, SHUFFLED, headOnly, false);
        same(whole, train(model, SHUFFLED, headOnly, true), 1e-5f);
    }

    @Test
    void whatDoesNotFitIntoMemoryGivesTheSameBytes() throws Exception {
        Map<String, float[]> all = train("bert", DROPPED, (trained, inputs) -> bottom(trained, inputs, 1 << 30));
        same(all, train("bert", DROPPED, (trained, inputs) -> bottom(trained, inputs, 20_000)), 0);
        same(all, train("bert", DROPPED, (trained, inputs) -> bottom(trained, inputs, 0)), 0);
    }

    @ParameterizedTest
    @CsvSource({"bert,false,1", "bert,true,2", "language/llama,false,1"})
    void everyRowPassesTheFrozenLayersOnceAndWithoutDropout(String model, boolean headOnly, int layers)
            throws Exception {
        try (GoldenJob job = job(model, DROPPED)) {
            List<Object[]> asked = new ArrayList<>();
            try (Network network = watched(Networks.load(job.inputs(), ModelHooks.NONE), asked)) {
                Parameters trained = network.parameters().matching(p -> headOnly ? head(p, network) : high(p, network));
                run(job, tuning(network, trained, FrozenBottom.under(trained, network, job.inputs()), job));
            }
            int rows = job.inputs().training().size();
            assertEquals(new BatchPlan(rows, 8, 3, true).batchesPerEpoch(), asked.size());
            for (Object[] arguments : asked) {
                assertEquals(layers, arguments[0]);
                assertEquals(false, arguments[2], "training");
            }
        }
    }

    @Test
    void whatWouldTakeTooMuchIsComputedInEveryEpoch() throws Exception {
        try (GoldenJob job = job("language/llama", DROPPED)) {
            List<Object[]> asked = new ArrayList<>();
            Inputs inputs = job.unscored();
            try (Network network = watched(Networks.load(inputs, ModelHooks.NONE), asked)) {
                Parameters trained = network.parameters().matching(p -> high(p, network));
                Forward forward = FrozenBottom.under(trained, network, inputs, 1 << 30, 1000);
                new TrainingLoop(
                                tuning(network, trained, forward, job),
                                inputs,
                                GoldenJob.environment(folder, new QuietSink(), null))
                        .run();
            }
            int rows = inputs.training().size();
            assertEquals(3 * new BatchPlan(rows, 8, 3, true).batchesPerEpoch(), asked.size());
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void rowsThatAreSeenOnceAreNotKept(boolean scored) throws Exception {
        String one = "{\"epochs\": 1, \"batch_size\": 8, \"seed\": 3}";
        try (GoldenJob job = new GoldenJob("bert", "{\"name\": \"full\"}", one);
                Network network = Networks.load(job.inputs(), ModelHooks.NONE)) {
            Parameters trained = network.parameters().matching(parameter -> high(parameter, network));
            // No memory, and no folder for a file.
            Inputs inputs = without(scored ? job.inputs() : job.unscored(), folder.resolve("absent"));
            Forward forward = FrozenBottom.under(trained, network, inputs, 0, 1 << 30);
            assertEquals(1, ((FrozenBottom) forward).layers());
            new TrainingLoop(
                            tuning(network, trained, forward, job),
                            inputs,
                            GoldenJob.environment(folder, new QuietSink(), null))
                    .run();
        }
    }

    @Test
    void validationRowsThatAreScoredTwiceAreKept() throws Exception {
        String twice = "{\"epochs\": 1, \"batch_size\": 8, \"eval_steps\": 3}";
        try (GoldenJob job = new GoldenJob("bert", "{\"name\": \"full\"}", twice)) {
            List<Object[]> asked = new ArrayList<>();
            try (Network network = watched(Networks.load(job.inputs(), ModelHooks.NONE), asked)) {
                Parameters trained = network.parameters().matching(p -> high(p, network));
                run(job, tuning(network, trained, FrozenBottom.under(trained, network, job.inputs()), job));
            }
            // The training rows are the same set here: all of it is computed once.
            assertEquals(5, asked.size());
        }
    }

    @Test
    void theHeadAloneNeedsOneVectorARow() throws Exception {
        try (GoldenJob job = new GoldenJob("bert", "{\"name\": \"full\"}", STILL);
                Network network = Networks.load(job.inputs(), ModelHooks.NONE)) {
            var rows = job.inputs().training();
            long tokens = 0;
            for (int row = 0; row < rows.size(); row++) {
                tokens += rows.ids(row).length;
            }
            assertEquals(rows.size() * 32L * 4, RowStates.bytes(network, 2, rows));
            assertEquals(tokens * 32 * 4, RowStates.bytes(network, 1, rows));
        }
    }

    @Test
    void weightsAtTheBottomNeedTheWholePass() throws Exception {
        try (GoldenJob job = new GoldenJob("bert", "{\"name\": \"full\"}", STILL);
                Network network = Networks.load(job.inputs(), ModelHooks.NONE)) {
            List<Predicate<Parameter>> low = List.of(
                    parameter -> true,
                    parameter -> parameter.name().contains("LayerNorm"),
                    parameter -> LayerNumber.of(parameter, network) == 0);
            for (Predicate<Parameter> chosen : low) {
                Forward forward = FrozenBottom.under(network.parameters().matching(chosen), network, job.inputs());
                assertFalse(forward instanceof FrozenBottom);
            }
        }
    }

    @Test
    void memorySpillsIntoAFileThatIsGoneAfterwards() throws IOException {
        byte[] first = {1, 2, 3, 4, 5};
        byte[] second = {6, 7, 8, 9, 10, 11};
        try (SpillingMemory memory = new SpillingMemory(8, 22, folder)) {
            MemorySegment inMemory = memory.keep(ByteBuffer.wrap(first));
            MemorySegment inFile = memory.keep(ByteBuffer.wrap(second));
            MemorySegment more = memory.keep(ByteBuffer.wrap(first));
            MemorySegment again = memory.keep(ByteBuffer.wrap(second));
            assertEquals(17, memory.inFile());
            assertArrayEquals(first, inMemory.toArray(ValueLayout.JAVA_BYTE));
            assertArrayEquals(second, inFile.toArray(ValueLayout.JAVA_BYTE));
            assertArrayEquals(first, more.toArray(ValueLayout.JAVA_BYTE));
            assertArrayEquals(second, again.toArray(ValueLayout.JAVA_BYTE));
        }
        try (Stream<Path> left = Files.list(folder)) {
            assertEquals(List.of(), left.toList());
        }
    }

    private static Inputs without(Inputs job, Path absent) {
        return new Inputs(
                job.request(),
                job.modelFolder(),
                job.tokenizer(),
                job.tasks(),
                null,
                Map.of(),
                job.folders(),
                absent,
                job.backend(),
                null);
    }

    private interface Way {
        Function<Network, Forward> through(Predicate<Parameter> trained, Inputs inputs);
    }

    private static Function<Network, Forward> bottom(Predicate<Parameter> trained, Inputs inputs, long inMemory) {
        return network -> {
            Forward forward =
                    FrozenBottom.under(network.parameters().matching(trained), network, inputs, inMemory, 1 << 30);
            assertTrue(forward instanceof FrozenBottom);
            return forward;
        };
    }

    private Map<String, float[]> train(String model, String options, boolean headOnly, boolean cached)
            throws Exception {
        return train(
                model, options, headOnly, (trained, inputs) -> cached ? bottom(trained, inputs, 1 << 30) : Forward::of);
    }

    private static GoldenJob job(String model, String options) throws IOException {
        TaskType task = model.startsWith("language/") ? TaskType.CAUSAL_LM : TaskType.SEQUENCE_CLASSIFICATION;
        return new GoldenJob(model, task, "{\"name\": \"full\"}", options);
    }

    private Map<String, float[]> train(String model, String options, Way way) throws Exception {
        return train(model, options, false, way);
    }

    private Map<String, float[]> train(String model, String options, boolean headOnly, Way way) throws Exception {
        try (GoldenJob job = job(model, options);
                Network network = Networks.load(job.inputs(), ModelHooks.NONE)) {
            Predicate<Parameter> chosen = p -> headOnly ? head(p, network) : high(p, network);
            Parameters trained = network.parameters().matching(chosen);
            run(job, tuning(network, trained, way.through(chosen, job.inputs()).apply(network), job));
            Map<String, float[]> weights = new LinkedHashMap<>();
            for (Parameter parameter : trained) {
                weights.put(parameter.name(), parameter.value().toFloatArray());
            }
            return weights;
        }
    }

    private static Tuning tuning(Network network, Parameters trained, Forward forward, GoldenJob job) {
        return Tuning.ofHead(job.inputs(), network, forward, trained, 1e-3, network.newModules(), _ -> {});
    }

    private void run(GoldenJob job, Tuning tuning) throws IOException {
        new TrainingLoop(tuning, job.inputs(), GoldenJob.environment(folder, new QuietSink(), null)).run();
    }

    private static void same(Map<String, float[]> expected, Map<String, float[]> actual, float tolerance) {
        assertEquals(expected.keySet(), actual.keySet());
        expected.forEach((name, values) -> {
            // A key's bias moves by noise alone: attention does not change when all keys move alike.
            if (tolerance == 0 || !name.matches(".*(key|k_lin)\\.bias")) {
                assertArrayEquals(values, actual.get(name), tolerance, name);
            }
        });
    }

    /** The network, noting with what its frozen layers are asked for. */
    private static Network watched(Network network, List<Object[]> asked) {
        return (Network) Proxy.newProxyInstance(
                Network.class.getClassLoader(), new Class<?>[] {Network.class}, (_, method, arguments) -> {
                    if (method.getName().equals("hiddenAfter")) {
                        asked.add(arguments);
                    }
                    try {
                        return method.invoke(network, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }
}
