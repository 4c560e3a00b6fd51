package io.tenfold.method.compare;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Drawings that must be seen, whatever the numbers. */
class PlotTest {

    @Test
    void candidatesThatScoreAlikeAreDrawn() {
        Plot plot = new Plot("seconds", "accuracy", List.of(1.0, 2.0), List.of(1.0, 1.0), true);
        plot.point(0, 1, 1, "a");
        plot.point(1, 2, 1, "b");
        assertFalse(plot.svg().contains("NaN"), plot.svg());
        assertTrue(plot.svg().contains(">1.00</text>"), plot.svg());
    }

    @Test
    void aCurveOfOneStepIsDrawn() {
        Plot plot = new Plot("step", "loss", List.of(1.0), List.of(0.5), false);
        plot.line(0, List.of(1.0), List.of(0.5));
        assertFalse(plot.svg().contains("NaN"), plot.svg());
    }

    @Test
    void whatAxesAreCalledIsText() {
        assertTrue(new Plot("<i>", "y", List.of(0.0, 1.0), List.of(0.0, 1.0), true)
                .svg()
                .contains("&lt;i&gt;"));
    }
}
