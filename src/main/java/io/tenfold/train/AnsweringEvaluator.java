package io.tenfold.train;

import io.tenfold.data.ChatTemplate;
import io.tenfold.data.Prompts;
import io.tenfold.data.SplitReport;
import io.tenfold.data.TextTokenizer;
import io.tenfold.data.TokenizedSet;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import io.tenfold.job.MetricNames;
import io.tenfold.model.Network;
import io.tenfold.tensor.OutOfDeviceMemoryException;
import io.tenfold.train.text.TextMetrics;
import io.tenfold.train.writing.Sampling;
import io.tenfold.train.writing.TextWriter;
import io.tenfold.train.writing.Written;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.LongConsumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Scores the words of a language model's validation rows, and lets it answer the first of them: greedily, from the tokens
 * before a row's last answer. Writing takes many passes, so that only the weights that are kept write, unless it is the
 * answers by which weights are chosen.
 */
final class AnsweringEvaluator implements Evaluator {

    private final Network network;
    private final Forward forward;
    private final Inputs inputs;
    private final TokenizedSet validation;
    private final int atOnce;
    private final boolean everyTime;
    private final Set<Integer> ends;

    /** @throws JobException bad_request for rows that are plain texts */
    AnsweringEvaluator(Network network, Forward forward, Inputs inputs, TokenizedSet validation) {
        this.network = network;
        this.forward = forward;
        this.inputs = inputs;
        this.validation = validation;
        atOnce = TrainingLoop.evalBatchSize(inputs.options());
        everyTime = MetricNames.ofWritten(inputs.metric());
        SplitReport.LanguageReport report = validation.report().language();
        if (report == null || report.documents() > 0) {
            throw new JobException(
                    ErrorCode.BAD_REQUEST,
                    "training.generate",
                    "training.generate is %d, but the validation rows are plain texts, which have no answers to compare with; leave it out, or give rows of prompt and completion"
                            .formatted(inputs.options().generate()));
        }
        Prompts prompts = new Prompts(inputs.tokenizer());
        ChatTemplate template =
                report.conversations() == 0 ? null : inputs.tokenizer().chatTemplate(LocalDateTime.now(ZoneOffset.UTC));
        ends = IntStream.of(template == null ? prompts.ends() : prompts.ends(template))
                .boxed()
                .collect(Collectors.toSet());
    }

    @Override
    public Scored score(LongConsumer between) {
        return scored(everyTime, between);
    }

    @Override
    public @Nullable Scored last(LongConsumer between) {
        return everyTime ? null : scored(true, between);
    }

    private Scored scored(boolean writing, LongConsumer between) {
        WordPredictions words = WordPredictions.of(network, forward, validation, atOnce, inputs.backend(), between);
        return Scored.of(inputs.task(), writing ? words.with(answers(between)) : words);
    }

    private WordPredictions.Answers answers(LongConsumer between) {
        int rows = Math.min(validation.size(), inputs.options().maxPredictions());
        TextTokenizer tokenizer = inputs.tokenizer();
        int[][] prompts = new int[rows][];
        for (int row = 0; row < rows; row++) {
            prompts[row] = Arrays.copyOf(validation.ids(row), start(row));
        }
        Sampling sampling = Sampling.greedy(inputs.options().generate(), ends);
        TextWriter writer = new TextWriter(network, inputs.backend(), ids -> text(tokenizer, ids), sampling, atOnce);
        List<Written> written;
        try {
            written = writer.write(prompts, (_, _) -> between.accept(validation.size()));
        } catch (OutOfDeviceMemoryException e) {
            throw OutOfMemory.inEvaluation(e, Math.min(rows, atOnce), atOnce);
        }
        TextMetrics metrics = new TextMetrics();
        List<String> texts = new ArrayList<>();
        for (int row = 0; row < rows; row++) {
            texts.add(written.get(row).text());
            metrics.add(written.get(row).text(), text(tokenizer, wanted(row)));
        }
        return new WordPredictions.Answers(texts, metrics.values());
    }

    /** Where a row's last answer begins; at least 1. */
    private int start(int row) {
        int[] answers = validation.answers(row);
        return answers[answers.length - 2];
    }

    /** A row's last answer. */
    private int[] wanted(int row) {
        int[] answers = validation.answers(row);
        return Arrays.copyOfRange(validation.ids(row), start(row), answers[answers.length - 1]);
    }

    /** Without special tokens, so that the end of an answer is not among its words. */
    private static String text(TextTokenizer tokenizer, int[] ids) {
        return tokenizer.decode(ids, true);
    }
}
