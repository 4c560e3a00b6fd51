package io.tenfold.data;

import io.tenfold.data.jinja.TemplateException;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.FineTuneRequest.TrainOn;
import io.tenfold.job.JobException;
import java.util.List;

/**
 * A row as the text that is tokenized, and where its answers stand there, in code points.
 *
 * @param spans first places and, exclusive, ends, in turns
 * @param bare whether the text is whole: it has its special tokens already
 * @param endless answers without a mark at their end
 */
record LanguageText(long line, String text, int[] spans, boolean bare, int endless) {

    /** Makes texts of the rows of one file. */
    record Maker(LanguagePreparation preparation, DataFile file, List<String> specialTokens) {

        LanguageText of(LanguageRow row, String shape) {
            return switch (row) {
                case LanguageRow.Completion(long line, String prompt, String completion) ->
                    completion(line, prompt, completion);
                case LanguageRow.Chat(long line, Conversation conversation) -> chat(line, conversation, shape);
                case LanguageRow.Plain _, LanguageRow.Pair _ -> throw new IllegalArgumentException("no single answer");
            };
        }

        private LanguageText completion(long line, String prompt, String completion) {
            String text = prompt + completion;
            int all = text.codePointCount(0, text.length());
            int from = preparation.trainOn() == TrainOn.ALL ? 0 : prompt.codePointCount(0, prompt.length());
            return new LanguageText(
                    line, text, completion.isEmpty() && from > 0 ? new int[0] : new int[] {from, all}, false, 0);
        }

        private LanguageText chat(long line, Conversation conversation, String shape) {
            ChatTemplate template = preparation.template();
            if (template == null) {
                throw ChatTemplate.missing(file, shape);
            }
            try {
                if (preparation.trainOn() == TrainOn.ALL) {
                    String text = template.rendered(conversation, false).text();
                    return new LanguageText(line, text, new int[] {0, text.codePointCount(0, text.length())}, true, 0);
                }
                Answers.Found found = Answers.find(template, specialTokens, conversation);
                List<Answers.Answer> answers = found.answers();
                if (preparation.trainOn() == TrainOn.LAST && !answers.isEmpty()) {
                    answers = List.of(answers.getLast());
                }
                return new LanguageText(line, found.text(), codePoints(found.text(), answers), true, (int)
                        answers.stream().filter(answer -> !answer.ends()).count());
            } catch (TemplateException e) {
                throw file.bad(line, ChatTemplate.refusal(e));
            } catch (Answers.UnsureException e) {
                throw new JobException(
                        ErrorCode.BAD_MODEL,
                        "model",
                        "%s, line %d: %s".formatted(file.location(), line, e.getMessage()),
                        e);
            }
        }

        private static int[] codePoints(String text, List<Answers.Answer> answers) {
            int[] spans = new int[2 * answers.size()];
            int chars = 0;
            int points = 0;
            for (int i = 0; i < spans.length; i++) {
                Answers.Answer answer = answers.get(i / 2);
                int to = i % 2 == 0 ? answer.start() : answer.end();
                points += text.codePointCount(chars, to);
                chars = to;
                spans[i] = points;
            }
            return spans;
        }
    }

    /**
     * Where the tokens that are trained on stand: those that share a character with an answer. Nothing precedes the first
     * token, so it is never among them.
     */
    int[] answers(PlacedTokens tokens, int endId) {
        int[] answers = new int[2 * tokens.ids().length];
        int size = 0;
        for (int i = 1; i < tokens.ids().length; i++) {
            boolean own = tokens.starts()[i] < 0
                    // What the tokenizer sets behind the text is its end, which belongs to the answer there.
                    ? i == tokens.ids().length - 1 && tokens.ids()[i] == endId && spans.length > 0
                    : within(begin(tokens, i), tokens.ends()[i]);
            if (own && size > 0 && answers[size - 1] == i) {
                answers[size - 1] = i + 1;
            } else if (own) {
                answers[size++] = i;
                answers[size++] = i + 1;
            }
        }
        return java.util.Arrays.copyOf(answers, size);
    }

    /** Byte-level tokenizers leave blanks out of places ({@code trim_offsets}): a token of blanks begins where the last one ends. */
    private static int begin(PlacedTokens tokens, int token) {
        int start = tokens.starts()[token];
        return start == tokens.ends()[token] ? Math.min(start, Math.max(0, tokens.ends()[token - 1])) : start;
    }

    private boolean within(int start, int end) {
        for (int i = 0; i < spans.length; i += 2) {
            if (start < spans[i + 1] && end > spans[i]) {
                return true;
            }
        }
        return false;
    }
}
