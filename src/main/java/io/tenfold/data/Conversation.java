package io.tenfold.data;

import io.tenfold.data.jinja.None;
import java.util.ArrayList;
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

    /** The same after a system message; where the conversation begins with one, as it is. */
    public Conversation withSystem(String system) {
        if ("system".equals(messages.getFirst().get("role"))) {
            return this;
        }
        List<Map<Object, Object>> more = new ArrayList<>();
        more.add(Map.of("role", "system", "content", system));
        more.addAll(messages);
        return new Conversation(more, tools, from + 1);
    }

    /** One message of a user. */
    public static Conversation ofUser(String text) {
        return of(List.of(Map.of("role", "user", "content", text)));
    }

    boolean isAnswer(int message) {
        return "assistant".equals(messages.get(message).get("role"));
    }
}
