package io.tenfold.method.continual;

import ai.djl.ndarray.NDArray;
import io.tenfold.data.Batch;
import io.tenfold.data.TokenizedSet;
import io.tenfold.model.LoadOptions;
import io.tenfold.model.ModelHooks;
import io.tenfold.model.Network;
import io.tenfold.model.family.Models;
import io.tenfold.tensor.WordDistillation;
import io.tenfold.train.Inputs;
import io.tenfold.train.Objective;
import io.tenfold.train.TaughtObjective;
import io.tenfold.train.TeacherWords;
import io.tenfold.train.Tuning;
import java.nio.file.Path;
import java.util.Map;

/**
 * Learning without forgetting (Li and Hoiem 2016, arXiv:1606.09282) of a language: what the model said of the new rows' tokens
 * before the task, it is to say after it. The loss of a token is its own and {@code alpha} times KL(before || now) at a
 * temperature, without the factor T², over the most probable words before and all others together.
 *
 * @param scale what the divergence's share of {@code words} is made up for with
 */
record OldWords(TaughtObjective words, double scale) implements Objective {

    /** Asks the model that the task before left. */
    static Tuning add(Tuning tuning, ContinualConfig.Lwf options, Standing standing, Inputs own) {
        Path previous = standing.previous();
        if (previous == null) {
            return tuning;
        }
        Network before = Models.load(
                previous,
                Map.of("", own.task().head()),
                ModelHooks.NONE,
                own.backend(),
                new LoadOptions(own.options().seed(), 0.0));
        tuning.network().closeWithIt(before);
        double temperature = options.temperature(true);
        // hard CE + (1 - hard) T² KL, times 1 + a, is CE + a T² KL.
        double share = options.alpha() / (temperature * temperature);
        WordDistillation loss = new WordDistillation(1 / (1 + share), temperature, false);
        TeacherWords said = new TeacherWords(before, loss, TeacherWords.USUAL_TOP, own);
        return tuning.withObjective(new OldWords(new TaughtObjective(tuning.network(), said, loss), 1 + share));
    }

    @Override
    public NDArray lossSum(Batch batch, boolean training) {
        return words.lossSum(batch, training).mul((float) scale);
    }

    @Override
    public long units(TokenizedSet set, int[] rows) {
        return words.units(set, rows);
    }
}
