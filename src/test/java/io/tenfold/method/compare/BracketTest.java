package io.tenfold.method.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Who goes on in successive halving. */
class BracketTest {

    private static final Comparator<Double> BEST = Comparator.reverseOrder();

    private static Bracket bracket(int candidates, int factor, int seeds) {
        ObjectNode none = JsonNodeFactory.instance.objectNode();
        return new Bracket(new CompareConfig(
                IntStream.range(0, candidates)
                        .mapToObj(i -> new CompareConfig.Candidate("c" + i, none, none))
                        .toList(),
                true,
                factor,
                seeds,
                new CompareConfig.Rule(false, 0.01, "seconds")));
    }

    @Test
    void roundsEndWithTwo() {
        assertEquals(
                List.of(new Bracket.Round(5, 0.25), new Bracket.Round(3, 0.5), new Bracket.Round(2, 1)),
                bracket(5, 2, 1).rounds());
        assertEquals(
                List.of(new Bracket.Round(6, 1 / 3.0), new Bracket.Round(2, 1)),
                bracket(6, 3, 1).rounds());
    }

    @Test
    void theBestOnTheMeanOverSeedsGoOnTheBestFirst() {
        Bracket bracket = bracket(4, 2, 2);
        double[] scores = {0.1, 0.2, 0.9, 0.1, 0.4, 0.4, 0.6, 0.6};
        assertEquals(List.of(3, 1), bracket.field(1, index -> scores[index], BEST));
        assertEquals(8, bracket.index(1, 0, 0));
    }

    @Test
    void aRoundIsWorkedOutOnce() {
        Bracket bracket = bracket(4, 2, 1);
        List<Integer> asked = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            bracket.field(
                    1,
                    index -> {
                        asked.add(index);
                        return index;
                    },
                    BEST);
        }
        assertEquals(List.of(0, 1, 2, 3), asked);
    }
}
