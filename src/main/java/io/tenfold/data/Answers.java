package io.tenfold.data;

import io.tenfold.data.jinja.JinjaTemplate;
import io.tenfold.data.jinja.TemplateException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where the answers of a conversation stand in its text: each from behind the generation prompt up to and including the mark
 * that ends the turn. A template's own {@code generation} blocks say it exactly. Otherwise the conversation is rendered up to
 * each turn, and once more with a mark behind the answer; what both can't settle is refused, never guessed.
 */
final class Answers {

    /** Private-use characters, which neither texts nor templates hold, around a number of our own. */
    private static final String MARK = "\uF8D1tenfold71\uF8D2";

    private static final Map<Object, Object> NEXT = Map.of("role", "user", "content", "x");

    private final ChatTemplate template;
    private final List<String> specialTokens;
    private final Conversation conversation;
    private final String full;

    private Answers(ChatTemplate template, List<String> specialTokens, Conversation conversation, String full) {
        this.template = template;
        this.specialTokens = specialTokens;
        this.conversation = conversation;
        this.full = full;
    }

    /**
     * An answer.
     *
     * @param start its first char in the text
     * @param end exclusive
     * @param ends whether a mark stands at its end, so that the model learns to stop
     */
    record Answer(int start, int end, boolean ends) {}

    /** A conversation's text and the answers in it, in order. */
    record Found(String text, List<Answer> answers) {}

    /** What can't be settled. */
    static final class UnsureException extends RuntimeException {
        private static final long serialVersionUID = 1;

        UnsureException(int message) {
            super(
                    "where message %d stands in the text can't be told from the chat template; mark answers in it by {%% generation %%} and {%% endgeneration %%}, or set task.train_on to all"
                            .formatted(message + 1));
        }
    }

    /**
     * Renders a conversation and finds its answers.
     *
     * @param specialTokens of the tokenizer, longest first
     * @throws TemplateException where the template refuses the conversation
     * @throws UnsureException where an answer's place is not sure
     */
    static Found find(ChatTemplate template, List<String> specialTokens, Conversation conversation) {
        JinjaTemplate.Rendered rendered = template.rendered(conversation, false);
        Answers answers = new Answers(template, specialTokens, conversation, rendered.text());
        return new Found(
                rendered.text(),
                rendered.generated().isEmpty() || rendered.hidden()
                        ? answers.all()
                        : answers.marked(rendered.generated()));
    }

    private List<Answer> marked(List<JinjaTemplate.Span> spans) {
        int earlier = conversation.from() == 0
                ? 0
                : template.rendered(conversation.first(conversation.from()), false)
                        .generated()
                        .size();
        return spans.stream()
                .skip(earlier)
                .map(span -> new Answer(
                        span.start(),
                        span.end(),
                        endsBySpecial(full.substring(span.start(), span.end()).strip())))
                .toList();
    }

    private List<Answer> all() {
        List<Answer> answers = new ArrayList<>();
        int last = 0;
        for (int i = conversation.from(); i < conversation.messages().size(); i++) {
            if (conversation.isAnswer(i)) {
                Answer answer = answer(i);
                if (answer.start() < last || answer.end() < answer.start()) {
                    throw new UnsureException(i);
                }
                last = answer.end();
                answers.add(answer);
            }
        }
        return answers;
    }

    private Answer answer(int message) {
        String before = rendered(conversation.first(message), true);
        int start = before != null && full.startsWith(before) ? before.length() : -1;
        Answer answer = start < 0 ? fromTheMessageBefore(message) : from(start, message);
        if (answer == null) {
            int found = start < 0 ? startByMark(message) : -1;
            answer = found < 0 ? fromTheMessageBefore(message) : from(found, message);
        }
        if (answer == null) {
            throw new UnsureException(message);
        }
        return answer;
    }

    /** To its end, by a mark behind it, or by the text up to there; null where neither agrees with the whole text. */
    private @Nullable Answer from(int start, int message) {
        Marked behind = marked(conversation, message, true, false);
        String own = behind != null && behind.of(full) ? own(message, behind.after()) : null;
        if (behind != null && own != null) {
            String end = own.stripTrailing();
            return new Answer(start, full.length() - behind.after().length() + end.length(), !end.isEmpty());
        }
        String after = rendered(conversation.first(message + 1), false);
        if (after == null || !full.startsWith(after) || after.length() < start) {
            return null;
        }
        String text = after.substring(start).stripTrailing();
        return new Answer(start, start + text.length(), endsBySpecial(text));
    }

    /** By a mark before the answer; -1 where that does not fit the whole text. */
    private int startByMark(int message) {
        Marked front = marked(conversation, message, false, false);
        return front != null
                        && full.startsWith(front.before())
                        && full.endsWith(front.after())
                        && isTold(message - 1, front.before())
                ? front.before().length()
                : -1;
    }

    /**
     * By what follows a mark behind the message before the answer, with and without the answer: for templates that set
     * something else, such as the tools, earlier in the text as the conversation goes on. Null where that does not fit.
     */
    private @Nullable Answer fromTheMessageBefore(int message) {
        if (message == 0) {
            return null;
        }
        Marked whole = marked(conversation, message - 1, true, false);
        Marked before = marked(conversation.first(message), message - 1, true, true);
        Marked after = marked(conversation.first(message + 1), message - 1, true, false);
        if (whole == null
                || before == null
                || after == null
                || !whole.of(full)
                || !whole.after().startsWith(before.after())
                || !whole.after().startsWith(after.after())
                || after.after().length() <= before.after().length()) {
            return null;
        }
        int at = full.length() - whole.after().length();
        String text = after.after().substring(before.after().length()).stripTrailing();
        int start = at + before.after().length();
        return new Answer(start, start + text.length(), endsBySpecial(text));
    }

    /** Whether what a message says stands in a text: an answer that stands before what it answers was found by mistake. */
    private boolean isTold(int message, String text) {
        return message < 0
                || !(conversation.messages().get(message).get("content") instanceof String content)
                || text.contains(content.strip());
    }

    /**
     * What of the text behind an answer's content still belongs to its turn: what is there too if the turn is the last one; null
     * where that can't be told.
     */
    private @Nullable String own(int message, String after) {
        boolean isLast = message + 1 == conversation.messages().size();
        Conversation other = isLast ? goingOn() : conversation.first(message + 1);
        Marked there = marked(other, message, true, false);
        if (there == null) {
            return isLast ? after : null;
        }
        String last = isLast ? after : there.after();
        String amid = isLast ? there.after() : after;
        return amid.startsWith(last) ? last : upToCommonSpecial(last, amid);
    }

    private Conversation goingOn() {
        List<Map<Object, Object>> messages = new ArrayList<>(conversation.messages());
        messages.add(NEXT);
        return new Conversation(messages, conversation.tools(), 0);
    }

    private @Nullable String upToCommonSpecial(String last, String amid) {
        int at = 0;
        while (at < last.length() && at < amid.length()) {
            for (String token : specialTokens) {
                if (last.startsWith(token, at) && amid.startsWith(token, at)) {
                    return last.substring(0, at + token.length());
                }
            }
            if (last.charAt(at) != amid.charAt(at)) {
                return null;
            }
            at++;
        }
        return null;
    }

    private boolean endsBySpecial(String text) {
        return specialTokens.stream().anyMatch(text::endsWith);
    }

    /** A text around the mark. */
    private record Marked(String before, String after) {

        /** Whether it is this text, up to white space that the template strips from an answer's end. */
        boolean of(String text) {
            return text.equals(before + after) || text.equals(before.stripTrailing() + after);
        }
    }

    /** The text with the mark behind, or before, a message's content; null where that does not come out once. */
    private @Nullable Marked marked(Conversation of, int message, boolean behind, boolean prompt) {
        Map<Object, Object> changed = new LinkedHashMap<>(of.messages().get(message));
        if (!(changed.get("content") instanceof String content)) {
            return null;
        }
        changed.put("content", behind ? content + MARK : MARK + content);
        List<Map<Object, Object>> messages = new ArrayList<>(of.messages());
        messages.set(message, changed);
        String text = rendered(new Conversation(messages, of.tools(), 0), prompt);
        int at = text == null ? -1 : text.indexOf(MARK);
        return text == null || at < 0 || text.lastIndexOf(MARK) != at
                ? null
                : new Marked(text.substring(0, at), text.substring(at + MARK.length()));
    }

    /** Null where the template refuses this part of the conversation. */
    private @Nullable String rendered(Conversation part, boolean prompt) {
        try {
            return template.rendered(part, prompt).text();
        } catch (TemplateException e) {
            return null;
        }
    }
}
