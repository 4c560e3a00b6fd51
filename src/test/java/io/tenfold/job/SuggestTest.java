package io.tenfold.job;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class SuggestTest {

    private static final List<String> KNOWN = List.of("epochs", "batch_size", "learning_rate", "seed", "r");

    @Test
    void aMissingLetterIsFound() {
        assertEquals("; did you mean epochs?", Suggest.didYouMean("epoch", KNOWN));
    }

    @Test
    void swappedLettersCountOnce() {
        assertEquals("; did you mean seed?", Suggest.didYouMean("sede", KNOWN));
        assertEquals("; did you mean learning_rate?", Suggest.didYouMean("learnign_rate", KNOWN));
    }

    @Test
    void caseDoesNotCount() {
        assertEquals("; did you mean batch_size?", Suggest.didYouMean("BATCH_SIZE", KNOWN));
    }

    @Test
    void nothingNearSaysNothing() {
        assertEquals("", Suggest.didYouMean("temperature", KNOWN));
        assertEquals("", Suggest.didYouMean("", KNOWN));
        assertEquals("", Suggest.didYouMean("q", List.of()));
    }

    @Test
    void theNearestWinsAndTheFirstOfEquals() {
        assertEquals("; did you mean test?", Suggest.didYouMean("tests", List.of("best", "test", "text")));
        assertEquals("; did you mean text?", Suggest.didYouMean("teqt", List.of("text", "test")));
    }
}
