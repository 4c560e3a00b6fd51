package io.tenfold.method.domain;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import io.tenfold.data.EncodedRow;
import io.tenfold.data.TokenizedSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HeldOutTest {

    /** Rows of a token each, whose numbers rise from {@code from}. */
    private static TokenizedSet rows(int from, int to) {
        return TokenizedSet.unlabelled(IntStream.range(from, to)
                .mapToObj(id -> EncodedRow.marked(new int[] {id}, new int[1], new int[0], 1, false))
                .toList());
    }

    private static int[] ids(TokenizedSet set) {
        return IntStream.range(0, set.size()).map(row -> set.ids(row)[0]).toArray();
    }

    @Test
    void validationRowsThatAreTrainedOnTellNothing() {
        TokenizedSet training = rows(0, 40);
        HeldOut texts = HeldOut.of(training, rows(38, 43), 7);
        assertSame(training, texts.training());
        assertArrayEquals(new int[] {40, 41, 42}, ids(texts.scored()));
    }

    @ParameterizedTest
    @CsvSource({"8, 1", "39, 1", "60, 3", "30000, 1000"})
    void withoutOthersATwentiethIsDrawnAndNotTrainedOn(int rows, int held) {
        check(HeldOut.of(rows(0, rows), null, 7), rows, held);
        check(HeldOut.of(rows(0, rows), rows(0, rows), 7), rows, held);
    }

    private static void check(HeldOut texts, int rows, int held) {
        assertEquals(held, texts.scored().size());
        Set<Integer> all = new TreeSet<>();
        IntStream.of(ids(texts.training())).forEach(all::add);
        assertEquals(rows - held, all.size());
        IntStream.of(ids(texts.scored())).forEach(all::add);
        assertEquals(rows, all.size());
    }

    @Test
    void theSeedAloneDecides() {
        int[] once = ids(HeldOut.of(rows(0, 200), null, 7).scored());
        assertArrayEquals(once, ids(HeldOut.of(rows(0, 200), null, 7).scored()));
        assertNotEquals(
                IntStream.of(once).boxed().toList(),
                IntStream.of(ids(HeldOut.of(rows(0, 200), null, 8).scored()))
                        .boxed()
                        .toList());
    }
}
