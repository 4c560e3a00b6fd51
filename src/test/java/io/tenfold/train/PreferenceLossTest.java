package io.tenfold.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tenfold.job.PreferenceOptions;
import io.tenfold.job.PreferenceOptions.LossType;
import io.tenfold.train.PreferenceLoss.Pair;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class PreferenceLossTest {

    private static final Pair REFERENCE = new Pair(-12.5, -9.25);

    static List<PreferenceOptions> options() {
        return List.of(
                PreferenceOptions.DEFAULT,
                new PreferenceOptions(LossType.SIGMOID, 0.7, 0.2, false),
                new PreferenceOptions(LossType.SIGMOID, 2, 0, false),
                new PreferenceOptions(LossType.IPO, 0.3, 0, false));
    }

    @ParameterizedTest
    @MethodSource("options")
    void theSlopeIsTheLosssDerivative(PreferenceOptions options) {
        for (double chosen : new double[] {-30, -12.5, -3}) {
            Pair model = new Pair(chosen, -8);
            double slope = PreferenceLoss.of(options, model, REFERENCE).slope();
            double h = 1e-5;
            assertEquals(slope, difference(options, chosen, -8, h, 0), 1e-6 * Math.max(1, Math.abs(slope)));
            assertEquals(-slope, difference(options, chosen, -8, 0, h), 1e-6 * Math.max(1, Math.abs(slope)));
        }
    }

    private static double difference(PreferenceOptions options, double chosen, double rejected, double dc, double dr) {
        Pair above = new Pair(chosen + dc, rejected + dr);
        Pair below = new Pair(chosen - dc, rejected - dr);
        double apart = PreferenceLoss.of(options, above, REFERENCE).loss()
                - PreferenceLoss.of(options, below, REFERENCE).loss();
        return apart / (2 * (dc + dr));
    }

    /** Answers that are worlds apart must not become something that is no number. */
    @ParameterizedTest
    @MethodSource("options")
    void farAnswersHaveFiniteLosses(PreferenceOptions options) {
        for (double chosen : new double[] {-1e6, 0}) {
            PreferenceLoss loss = PreferenceLoss.of(options, new Pair(chosen, -5e5), REFERENCE);
            assertTrue(Double.isFinite(loss.loss()) && Double.isFinite(loss.slope()), loss.toString());
        }
    }
}
