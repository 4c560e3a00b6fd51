package io.tenfold.train;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.tenfold.data.Targets;
import io.tenfold.data.TokenizedSet;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StepPlanTest {

    private static int[] numbers(String some) {
        return Arrays.stream(some.split(" ")).mapToInt(Integer::parseInt).toArray();
    }

    @ParameterizedTest
    @CsvSource({
        "3 4 5, 12, 0, 0 1 2, '[0, 1, 2]'",
        "3 4 5, 12, 1, 0 1 2, '[0, 1] [2]'",
        "3 4 5, 15, 1, 0 1 2, '[0, 1, 2]'",
        "3 4 5, 11, 0, 0 1 2, '[0, 1] [2]'",
        "3 4 5, 7, 0, 2 1 0, '[2] [1, 0]'",
        "3 4 5, 6, 0, 0 1 2, '[0] [1] [2]'",
        "3 99 5, 8, 0, 0 1 2, '[0] [1] [2]'",
        "99 3 5, 8, 0, 0 1 2, '[0] [1, 2]'",
        "3, 1, 0, 0 0, '[0] [0]'"
    })
    void rowsGoThroughTheNetworkInTheirOrder(String lengths, int tokens, int virtual, String rows, String passes) {
        int[][] ids = Arrays.stream(numbers(lengths)).mapToObj(int[]::new).toArray(int[][]::new);
        TokenizedSet set = TokenizedSet.of(ids, ids, new int[ids.length], new float[ids.length], new Targets.None());
        List<StepPlan.Part> cut = new StepPlan.Part(set, numbers(rows)).passes(tokens, virtual);
        assertEquals(
                passes,
                String.join(
                        " ",
                        cut.stream().map(pass -> Arrays.toString(pass.rows())).toList()));
        assertEquals(
                numbers(rows).length,
                cut.stream().flatMapToInt(pass -> IntStream.of(pass.rows())).count());
    }
}
