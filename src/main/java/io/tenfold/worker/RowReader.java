package io.tenfold.worker;

import io.tenfold.data.Columns;
import io.tenfold.data.DataFile;
import io.tenfold.data.Draw;
import io.tenfold.data.LanguagePreparation;
import io.tenfold.data.Preparation;
import io.tenfold.data.Targets;
import io.tenfold.data.TextTokenizer;
import io.tenfold.data.TokenizedSet;
import io.tenfold.job.FineTuneRequest.TaskData;
import io.tenfold.train.TaskRows;
import java.time.LocalDateTime;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads data files as their task has it: rows with labels, or what a language model learns from.
 *
 * @param now what chat templates tell of the time, in UTC
 */
record RowReader(Preparation labelled, TextTokenizer tokenizer, LocalDateTime now) {

    /** A task's training rows. */
    TokenizedSet training(TaskData data, DataFile file, Draw draw) {
        Targets targets = Targets.of(data.task());
        return isLanguage(targets)
                ? language(data, file, targets)
                : labelled.training(file, columns(data), targets, draw);
    }

    /** Rows that are scored, or learnt from without their labels, on {@code targets}. */
    TokenizedSet evaluation(TaskData data, DataFile file, Targets targets) {
        return isLanguage(targets) ? language(data, file, targets) : labelled.evaluation(file, columns(data), targets);
    }

    private static boolean isLanguage(Targets targets) {
        return targets instanceof Targets.Language || targets instanceof Targets.Preference;
    }

    private TokenizedSet language(TaskData data, DataFile file, Targets targets) {
        LanguagePreparation preparation = preparation(data);
        return targets instanceof Targets.Preference
                ? preparation.preferences(file, columns(data))
                : preparation.set(file, columns(data));
    }

    /** The texts of training rows as a language's, and those of validation rows that are not among them. */
    TaskRows.Texts texts(TaskData data, DataFile training, @Nullable DataFile validation) {
        LanguagePreparation preparation = preparation(data);
        Set<Long> known = new HashSet<>();
        TokenizedSet learnt = Objects.requireNonNull(preparation.texts(training, columns(data), hash -> {
            known.add(hash);
            return true;
        }));
        TokenizedSet others =
                validation == null ? null : preparation.texts(validation, columns(data), hash -> !known.contains(hash));
        // Rows of another shape are no measure of the texts.
        return new TaskRows.Texts(learnt, others != null && shape(others).equals(shape(learnt)) ? others : null);
    }

    private static String shape(TokenizedSet set) {
        return Objects.requireNonNull(set.report().language()).shape();
    }

    private LanguagePreparation preparation(TaskData data) {
        return new LanguagePreparation(
                labelled, tokenizer, tokenizer.chatTemplate(now), data.task().trainOn());
    }

    private static Columns columns(TaskData data) {
        return Columns.of(data.columns(), data.param() + ".columns");
    }
}
