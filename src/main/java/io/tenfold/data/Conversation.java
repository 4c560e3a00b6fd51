package io.tenfold.data;

import io.tenfold.data.jinja.None;
import java.util.List;
import java.util.Map;

/**
 * Messages as a chat template takes them: maps of {@code role}, {@code content} and whatever else they have.
 *
 * @param tools a list of tools; {@link None} where there are none
 * @param from the messages before this one belong to the prompt: their answers are not trained on
 */
public record Conversation(List<Map<Object, Object>> messages, Object tools, int from) {

    public Conversation {
        messages = List.copyOf(messages);
    }

    /** Messages without tools. */
    public static Conversation of(List<Map<Object, Object>> messages) {
        return new Conversation(messages, None.NONE, 0);
    }

    /** The first messages alone. */
    Conversation first(int count) {
        return new Conversation(messages.subList(0, count), tools, Math.min(from, count));
    }

    boolean isAnswer(int message) {
        return "assistant".equals(messages.get(message).get("role"));
    }
}
