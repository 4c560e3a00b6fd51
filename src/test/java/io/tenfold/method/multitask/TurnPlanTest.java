package io.tenfold.method.multitask;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.tenfold.data.TextTokenizer;
import io.tenfold.data.TokenizedSet;
import io.tenfold.job.Fields;
import io.tenfold.job.FineTuneRequest;
import io.tenfold.job.RequestReader;
import io.tenfold.job.TrainingOptions;
import io.tenfold.method.GoldenJob;
import io.tenfold.method.MethodRegistry;
import io.tenfold.train.StepPlan;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TurnPlanTest {

    /** Ninety rows, thirty, and ten. */
    private final List<TokenizedSet> sets = List.of(set(90), set(30), set(10));

    private static TokenizedSet set(int rows) {
        try (TextTokenizer tokenizer = TextTokenizer.open(GoldenJob.GOLDEN.resolve("bert"), "bert")) {
            return TokenizedSet.unlabelled(tokenizer.encode(Collections.nCopies(rows, "rain"), null, 8));
        }
    }

    private StepPlan plan(String method, String training) throws Exception {
        String body = """
                {'model': 'file:model', 'output': 'file:out', 'task': {'type': 'regression'}, 'training': %s,
                 'method': {'name': 'multitask'%s},
                 'data': {'tasks': [{'name': 'a', 'train': 'file:a.tsv'}, {'name': 'b', 'train': 'file:b.tsv'}]}}""".formatted(training, method.isEmpty() ? "" : ", " + method);
        FineTuneRequest request = new RequestReader(
                        new MethodRegistry(List.of(new MultitaskMethod())), GoldenJob.locationsAreFine())
                .readValid(new ObjectMapper().readTree(body.replace('\'', '"')), "turns");
        MultitaskConfig config =
                MultitaskConfig.read(new Fields(request.method().options()));
        TrainingOptions options = request.training();
        return TurnPlan.of(sets, config, options);
    }

    private int[] tasks(StepPlan plan, long from, long to) {
        return java.util.stream.LongStream.range(from, to)
                .mapToInt(
                        step -> sets.indexOf(plan.rows().apply(step).getFirst().set()))
                .toArray();
    }

    private static int[] counts(int[] tasks) {
        int[] counts = new int[3];
        Arrays.stream(tasks).forEach(task -> counts[task]++);
        return counts;
    }

    @Test
    void inProportionEveryRowHasItsTurnOnceAnEpoch() throws Exception {
        StepPlan plan = plan("", "{'batch_size': 10}");
        assertEquals(13, plan.stepsPerEpoch());
        assertEquals(39, plan.totalSteps());
        for (int epoch = 0; epoch < 3; epoch++) {
            Set<String> seen = new HashSet<>();
            for (int step = 1; step <= 13; step++) {
                for (StepPlan.Part part : plan.rows().apply(13 * epoch + step)) {
                    for (int row : part.rows()) {
                        assertTrue(seen.add(sets.indexOf(part.set()) + "/" + row));
                    }
                }
            }
            assertEquals(130, seen.size());
        }
        assertNotEquals(
                Arrays.toString(tasks(plan, 1, 14)), Arrays.toString(tasks(plan, 14, 27)), "each epoch has its order");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "'sampling': 'proportional' | 9 3 1",
                // Square roots of 9, 3, 1 are 3, 1.73, 1: of 13 turns 6.8, 3.9, 2.3.
                "'sampling': 'temperature', 'sampling_temperature': 2 | 7 4 2",
                "'sampling': 'temperature', 'sampling_temperature': 1 | 9 3 1",
                "'sampling': 'round_robin' | 5 5 5"
            })
    void turnsFollowTheSampling(String method, String expected) throws Exception {
        StepPlan plan = plan(method, "{'batch_size': 10}");
        int[] turns = counts(tasks(plan, 1, plan.stepsPerEpoch() + 1));
        assertEquals(expected, "%d %d %d".formatted(turns[0], turns[1], turns[2]));
    }

    @Test
    void roundRobinIsInTurnWhateverTheSeed() throws Exception {
        StepPlan plan = plan("'sampling': 'round_robin'", "{'batch_size': 10, 'seed': 5}");
        assertArrayEquals(new int[] {0, 1, 2, 0, 1, 2, 0, 1}, tasks(plan, 1, 9));
    }

    @Test
    void aTasksRowsGoRoundInItsOwnOrder() throws Exception {
        StepPlan plan = plan("'sampling': 'round_robin'", "{'batch_size': 10}");
        List<Integer> large = new ArrayList<>();
        for (long step = 1; step <= 27; step += 3) {
            Arrays.stream(plan.rows().apply(step).getFirst().rows()).forEach(large::add);
        }
        assertEquals(
                90, new HashSet<>(large).size(), "over two epochs of five turns each: nine turns see every row once");
    }

    @Test
    void theSameStepHasTheSameRowsInAnyOrderOfAsking() throws Exception {
        for (String method : List.of("", "'gradients': 'pcgrad'", "'sampling': 'temperature'")) {
            StepPlan forward = plan(method, "{'batch_size': 4}");
            StepPlan jumping = plan(method, "{'batch_size': 4}");
            for (long step : new long[] {50, 3, 51, 200, 1}) {
                String rows = shown(jumping, step);
                for (long before = 1; before < step; before++) {
                    assertTrue(!forward.rows().apply(before).isEmpty());
                }
                assertEquals(shown(forward, step), rows);
            }
        }
    }

    private String shown(StepPlan plan, long step) {
        StringBuilder shown = new StringBuilder();
        for (StepPlan.Part part : plan.rows().apply(step)) {
            shown.append(sets.indexOf(part.set())).append(Arrays.toString(part.rows()));
        }
        return shown.toString();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "'gradients': 'pcgrad' | 21 7 2 | 5",
                "'loss_weights': 'gradnorm', 'sampling': 'round_robin' | 10 10 10 | 5",
                "'loss_weights': 'uncertainty', 'sampling': 'temperature', 'sampling_temperature': 1000 | 10 10 10 | 5"
            })
    void aStepWithAllTasksIsDividedAmongThem(String method, String expected, long steps) throws Exception {
        StepPlan plan = plan(method, "{'batch_size': 5, 'gradient_accumulation_steps': 2}");
        assertEquals(steps, plan.stepsPerEpoch());
        int[] rows = new int[3];
        for (StepPlan.Part part : plan.rows().apply(1)) {
            assertTrue(part.rows().length <= 5, "no more at once than batch_size");
            rows[sets.indexOf(part.set())] += part.rows().length;
        }
        assertEquals(expected, "%d %d %d".formatted(rows[0], rows[1], rows[2]));
    }

    @ParameterizedTest
    @CsvSource({"10, 1000 1 1, 8 1 1", "3, 1000 1 1, 1 1 1", "7, 1 1 1, 3 2 2", "100, 2 1 1, 50 25 25"})
    void sharesAddUpAndNoneIsLeftOut(int total, String weights, String expected) {
        int[] shares = TurnPlan.shares(
                total,
                Arrays.stream(weights.split(" "))
                        .mapToDouble(Double::parseDouble)
                        .toArray());
        assertEquals(expected, "%d %d %d".formatted(shares[0], shares[1], shares[2]));
    }
}
