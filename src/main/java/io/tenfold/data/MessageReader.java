package io.tenfold.data;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.tenfold.data.jinja.None;
import io.tenfold.job.JobException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The messages of one row. */
final class MessageReader {

    private static final String ROLES =
            "human (or user), gpt (or assistant), system, function_call, observation (or tool)";

    private final DataFile file;
    private final long line;

    MessageReader(DataFile file, long line) {
        this.file = file;
        this.line = line;
    }

    /** A column that holds a text or number. */
    String text(String name, JsonNode value) {
        if (value.isNull() || value.isMissingNode()) {
            throw bad("%s is null; leave the row out or fill it in".formatted(name));
        }
        if (value.isContainerNode()) {
            throw bad("%s is %s; it must be a text".formatted(name, JsonRows.kind(value.asToken())));
        }
        return JsonRows.whole(file, line, name, value.asText());
    }

    private String textOrNothing(JsonNode json, String name) {
        return json.hasNonNull(name) ? text(name, json.path(name)) : "";
    }

    private static Map<Object, Object> message(String role, String content) {
        Map<Object, Object> message = new LinkedHashMap<>();
        message.put("role", role);
        message.put("content", content);
        return message;
    }

    /** {@code instruction}, and after a newline {@code input}, is what the user says, {@code output} the answer. */
    Conversation alpaca(JsonNode json, JsonNode instruction, JsonNode output) {
        List<Map<Object, Object>> messages = alpaca(json, instruction);
        messages.add(message("assistant", text(LanguageShape.OUTPUT, output)));
        return Conversation.of(messages);
    }

    /** The same up to the answer. */
    List<Map<Object, Object>> alpaca(JsonNode json, JsonNode instruction) {
        List<Map<Object, Object>> messages = new ArrayList<>();
        String system = textOrNothing(json, LanguageShape.SYSTEM);
        if (!system.isEmpty()) {
            messages.add(message("system", system));
        }
        JsonNode history = json.path(LanguageShape.HISTORY);
        if (!history.isMissingNode() && !history.isNull() && !history.isArray()) {
            throw bad("history is %s; it must be a list of pairs".formatted(JsonRows.kind(history.asToken())));
        }
        for (JsonNode pair : history) {
            if (pair.size() != 2) {
                throw bad("history has an element that is no pair of an instruction and its answer");
            }
            messages.add(message("user", text(LanguageShape.HISTORY, pair.path(0))));
            messages.add(message("assistant", text(LanguageShape.HISTORY, pair.path(1))));
        }
        String asked = text(LanguageShape.INSTRUCTION, instruction);
        String input = textOrNothing(json, LanguageShape.INPUT);
        messages.add(message("user", input.isEmpty() ? asked : asked + "\n" + input));
        return messages;
    }

    /** A list of {@code {"from", "value"}}, with {@code system} and {@code tools} beside. */
    Conversation shareGpt(String name, JsonNode turns, JsonNode json) {
        List<Map<Object, Object>> messages = new ArrayList<>();
        String system = textOrNothing(json, LanguageShape.SYSTEM);
        if (!system.isEmpty()) {
            messages.add(message("system", system));
        }
        for (JsonNode turn : list(name, turns)) {
            String from = text(name + ".from", turn.path("from"));
            String value = text(name + ".value", turn.path("value"));
            messages.add(
                    switch (from) {
                        case "human", "user" -> message("user", value);
                        case "gpt", "assistant" -> message("assistant", value);
                        case "system" -> message("system", value);
                        case "observation", "tool" -> message("tool", value);
                        case "function_call" -> functionCall(value);
                        default ->
                            throw bad("%s has a message from \"%s\"; it must be one of %s"
                                    .formatted(name, Shown.value(from, 60), ROLES));
                    });
        }
        return new Conversation(messages, tools(json.path("tools")), 0);
    }

    private Map<Object, Object> functionCall(String value) {
        JsonNode called = json("function_call", value);
        List<Object> calls = new ArrayList<>();
        for (JsonNode each : called.isArray() ? called : List.of(called)) {
            if (!each.path("name").isTextual()) {
                throw bad("a function_call has no name; it must be {\"name\": …, \"arguments\": {…}}");
            }
            Map<Object, Object> call = new LinkedHashMap<>();
            call.put("type", "function");
            call.put("function", value(each));
            calls.add(call);
        }
        Map<Object, Object> message = message("assistant", "");
        message.put("tool_calls", calls);
        return message;
    }

    /** A list of {@code {"role", "content"}}, handed to the template as it is. */
    Conversation conversation(String name, JsonNode messages, JsonNode tools) {
        return new Conversation(messages(name, messages), tools(tools), 0);
    }

    /** Two lists of messages, one going on from the other. */
    Conversation joined(String asked, JsonNode prompt, String answered, JsonNode completion, JsonNode tools) {
        List<Map<Object, Object>> messages = messages(asked, prompt);
        int from = messages.size();
        messages.addAll(messages(answered, completion));
        return new Conversation(messages, tools(tools), from);
    }

    private List<Map<Object, Object>> messages(String name, JsonNode list) {
        List<Map<Object, Object>> messages = new ArrayList<>();
        for (JsonNode message : list(name, list)) {
            if (!message.path("role").isTextual()) {
                throw bad("%s has a message without a role; a message is {\"role\": \"user\", \"content\": …}"
                        .formatted(name));
            }
            Map<Object, Object> made = new LinkedHashMap<>();
            message.properties().forEach(field -> made.put(field.getKey(), value(field.getValue())));
            messages.add(made);
        }
        return messages;
    }

    private JsonNode list(String name, JsonNode list) {
        if (!list.isArray()) {
            throw bad("%s is %s; it must be a list of messages".formatted(name, JsonRows.kind(list.asToken())));
        }
        if (list.isEmpty()) {
            throw bad("%s has no message".formatted(name));
        }
        for (JsonNode each : list) {
            if (!each.isObject()) {
                throw bad("%s holds %s; a message is an object".formatted(name, JsonRows.kind(each.asToken())));
            }
        }
        return list;
    }

    /** A list of tools, or the JSON text of one. */
    private Object tools(JsonNode tools) {
        if (tools.isMissingNode()
                || tools.isNull()
                || (tools.isTextual() && tools.textValue().isBlank())) {
            return None.NONE;
        }
        JsonNode list = tools.isTextual() ? json("tools", tools.textValue()) : tools;
        if (!list.isArray()) {
            throw bad("tools is %s; it must be a list of tools".formatted(JsonRows.kind(list.asToken())));
        }
        return list.isEmpty() ? None.NONE : value(list);
    }

    private JsonNode json(String name, String text) {
        try {
            return TokenizerFolder.MAPPER.readTree(text);
        } catch (JsonProcessingException e) {
            throw bad("%s is not JSON: %s".formatted(name, Shown.value(e.getOriginalMessage(), 200)));
        }
    }

    /** As templates know values. */
    private Object value(JsonNode json) {
        return switch (json.getNodeType()) {
            case OBJECT -> {
                Map<Object, Object> map = new LinkedHashMap<>();
                json.properties()
                        .forEach(field ->
                                map.put(JsonRows.whole(file, line, "a name", field.getKey()), value(field.getValue())));
                yield map;
            }
            case ARRAY -> {
                List<Object> list = new ArrayList<>(json.size());
                json.forEach(item -> list.add(value(item)));
                yield list;
            }
            case STRING -> JsonRows.whole(file, line, "a message", json.textValue());
            case BOOLEAN -> json.booleanValue();
            case NUMBER ->
                !json.isIntegralNumber()
                        ? (Object) json.doubleValue()
                        : json.canConvertToLong() ? (Object) json.longValue() : json.bigIntegerValue();
            case NULL, MISSING, BINARY, POJO -> None.NONE;
        };
    }

    private JobException bad(String what) {
        return file.bad(line, what);
    }
}
