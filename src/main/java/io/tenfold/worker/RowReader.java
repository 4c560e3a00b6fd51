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
import java.time.LocalDateTime;
import java.time.ZoneOffset;

/** Reads data files as their task has it: rows with labels, or what a language model learns from. */
record RowReader(Preparation labelled, TextTokenizer tokenizer) {

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
        LanguagePreparation preparation = new LanguagePreparation(
                labelled,
                tokenizer,
                tokenizer.chatTemplate(LocalDateTime.now(ZoneOffset.UTC)),
                data.task().trainOn());
        return targets instanceof Targets.Preference
                ? preparation.preferences(file, columns(data))
                : preparation.set(file, columns(data));
    }

    private static Columns columns(TaskData data) {
        return Columns.of(data.columns(), data.param() + ".columns");
    }
}
