package io.tenfold.data;

import io.tenfold.job.FineTuneRequest.TrainOn;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Makes sets of texts, answers and conversations, for language models.
 *
 * @param rows what becomes of rows; its encoder plays no part
 * @param template null where the model has none: conversations are refused
 * @param trainOn which tokens of answers count; of plain texts all do
 */
public record LanguagePreparation(
        Preparation rows, TextTokenizer tokenizer, @Nullable ChatTemplate template, TrainOn trainOn) {

    /**
     * The rows of a file, for the next token of each: {@link Targets.Language}. Plain texts are joined, each ended by the
     * tokenizer's {@code eos_token}, and split at {@code max_length}; the last part of a file may be shorter.
     *
     * @throws io.tenfold.job.JobException BAD_DATA for what can't be read, a conversation that the template refuses, a row too
     *     long with {@code too_long} fail, no row with an answer; BAD_MODEL for conversations without a template, a template
     *     that can't be rendered or does not show where answers stand
     */
    public TokenizedSet set(DataFile file, Columns columns) {
        if (file.format() == DataFormat.TEXT) {
            PlainTexts texts = new PlainTexts(this, file);
            TextDocument.read(file, texts);
            return texts.build();
        }
        @Nullable PlainTexts[] texts = new PlainTexts[1];
        LanguageSplit split = new LanguageSplit(this, file);
        LanguageShape shape = LanguageRows.read(file, columns, row -> {
            if (row instanceof LanguageRow.Plain plain) {
                PlainTexts joined = texts[0] == null ? new PlainTexts(this, file) : texts[0];
                texts[0] = joined;
                joined.document(plain.line(), plain.text());
            } else {
                split.add(row);
            }
        });
        PlainTexts joined = texts[0];
        return joined == null ? split.build(shape.kind()) : joined.build();
    }

    /**
     * The texts of a file of any task, as {@link #set} joins and splits them: of rows their text and, a text of its own, the
     * second one; of a language model's rows all tokens, not their answers alone.
     *
     * @param wanted asked of a hash of each row's texts, whether they are taken; texts without rows are
     * @return null where no row is taken
     * @throws io.tenfold.job.JobException as {@link #set}
     */
    public @Nullable TokenizedSet texts(DataFile file, Columns columns, LongPredicate wanted) {
        if (file.format() == DataFormat.TEXT || columns.language() != null) {
            return new LanguagePreparation(rows, tokenizer, template, TrainOn.ALL).set(file, columns);
        }
        PlainTexts texts = new PlainTexts(this, file);
        long[] taken = {0};
        Examples.read(file, columns.unlabelled(), row -> {
            String second = row.text2();
            if (wanted.test(KeptRows.hash(row.text(), second))) {
                texts.document(row.line(), row.text());
                if (second != null) {
                    texts.document(row.line(), second);
                }
                taken[0]++;
            }
        });
        return taken[0] == 0 ? null : texts.build();
    }

    /**
     * The rows of a file with two answers to each prompt: {@link Targets.Preference}; the set is of the better answers, {@link
     * TokenizedSet#rejected} of the worse.
     *
     * @throws io.tenfold.job.JobException as {@link #set}, BAD_DATA for a row whose answers are the same
     */
    public TokenizedSet preferences(DataFile file, Columns columns) {
        LanguageSplit split = new LanguageSplit(this, file);
        return split.build(LanguageRows.read(file, columns, split::add).kind());
    }
}
