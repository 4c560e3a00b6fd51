package io.tenfold.data;

import io.tenfold.data.jinja.TemplateException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Makes the tokens that a language model writes on from: those that stand before the answer where it is trained on such
 * rows.
 */
public record Prompts(TextTokenizer tokenizer) {

    /** The ids of a text as it stands, begun as the tokenizer begins texts, and not ended. */
    public int[] of(String text) {
        PlacedTokens tokens = tokenizer.place(List.of(text)).getFirst();
        int[] ids = tokens.ids();
        int size = ids.length;
        while (size > 0 && tokens.starts()[size - 1] < 0 && isEnd(ids[size - 1])) {
            size--;
        }
        return Arrays.copyOf(ids, size);
    }

    private boolean isEnd(int id) {
        return IntStream.of(tokenizer.endIds()).anyMatch(end -> end == id);
    }

    /**
     * The ids of a conversation, up to where its next answer begins.
     *
     * @throws io.tenfold.job.JobException BAD_MODEL, BAD_DATA as {@link ChatTemplate#render}
     */
    public int[] of(Conversation conversation, ChatTemplate template) {
        return tokenizer.ids(template.render(conversation, true));
    }

    /** The ids at which a text ends: {@link TextTokenizer#endIds}. */
    public int[] ends() {
        return tokenizer.endIds();
    }

    /**
     * The ids at which an answer in a conversation ends: those of a text, and the special token that the template sets
     * behind an answer, which need not be one of them.
     */
    public int[] ends(ChatTemplate template) {
        Conversation example = Conversation.of(
                List.of(Map.of("role", "user", "content", "Who?"), Map.of("role", "assistant", "content", "Nobody.")));
        try {
            Answers.Found found = Answers.find(template, tokenizer.specialTokens(), example);
            String answer = found.answers().isEmpty()
                    ? ""
                    : found.text()
                            .substring(
                                    found.answers().getLast().start(),
                                    found.answers().getLast().end());
            IntStream mark = tokenizer.specialTokens().stream()
                    .filter(answer.stripTrailing()::endsWith)
                    .limit(1)
                    .mapToInt(tokenizer::id);
            return IntStream.concat(IntStream.of(ends()), mark).distinct().toArray();
        } catch (TemplateException | Answers.UnsureException e) {
            // The template wants other conversations; what it has against the caller's own, it says there.
            return ends();
        }
    }
}
