package io.tenfold.job;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Reads one JSON object field by field and collects everything that is wrong with it. A field that is wrong reads as its
 * default, so that one look finds every error; whoever reads must ask {@link #errors()} before using the result.
 * {@code null} counts as left out.
 */
public final class Fields {

    /** Characters of a value that a message repeats. */
    private static final int MOST_SHOWN = 200;

    private final String path;
    private final JsonNode object;
    private final List<JobError> errors;
    private final Set<String> known = new LinkedHashSet<>();

    /** The fields of a whole request. */
    public Fields(JsonNode object) {
        this("", object, new ArrayList<>());
    }

    private Fields(String path, JsonNode object, List<JobError> errors) {
        this.path = path;
        this.object = object;
        this.errors = errors;
    }

    /** What was found wrong so far, here and in the objects within. */
    public List<JobError> errors() {
        return errors;
    }

    /** The name of a field as a message gives it: {@code training.epochs}. */
    public String param(String name) {
        return path.isEmpty() ? name : path + "." + name;
    }

    /** Reports an error of a field of this object. */
    public void error(String name, String message) {
        errors.add(new JobError(ErrorCode.BAD_REQUEST, message, param(name)));
    }

    /** Whether the field is there. */
    public boolean has(String name) {
        return !raw(name).isNull();
    }

    /** The field as it is; JSON null when left out. */
    public JsonNode raw(String name) {
        known.add(name);
        JsonNode value = object.get(name);
        return value == null ? JsonNodeFactory.instance.nullNode() : value;
    }

    /** An object within; an empty one, with an error if it is demanded or not an object. */
    public Fields object(String name, boolean demanded) {
        JsonNode value = raw(name);
        if (value.isNull() && demanded) {
            error(name, param(name) + " is missing; it must be an object");
        } else if (!value.isNull() && !value.isObject()) {
            wrongType(name, value, "an object");
        }
        return new Fields(param(name), value.isObject() ? value : JsonNodeFactory.instance.objectNode(), errors);
    }

    /** The objects of a list within, each with its number in its name: {@code data.tasks[0]}; none when left out. */
    public List<Fields> objects(String name) {
        JsonNode value = raw(name);
        if (!value.isNull() && !value.isArray()) {
            wrongType(name, value, "a list of objects");
            return List.of();
        }
        List<Fields> objects = new ArrayList<>();
        for (int i = 0; i < value.size(); i++) {
            JsonNode element = value.get(i);
            if (!element.isObject()) {
                wrongType("%s[%d]".formatted(name, i), element, "an object");
            }
            objects.add(new Fields(
                    "%s[%d]".formatted(param(name), i),
                    element.isObject() ? element : JsonNodeFactory.instance.objectNode(),
                    errors));
        }
        return objects;
    }

    /** The name of this object: {@code data.tasks[0]}; empty for the whole request. */
    public String path() {
        return path;
    }

    /** A text that must be there and not blank; empty when it is not. */
    public String demandedText(String name, String example) {
        String value = text(name, null);
        if (value == null && !has(name)) {
            error(name, "%s is missing; give one, such as %s".formatted(param(name), example));
        }
        return value == null ? "" : value;
    }

    /** A text, not blank. */
    public @Nullable String text(String name, @Nullable String otherwise) {
        JsonNode value = raw(name);
        if (value.isNull()) {
            return otherwise;
        }
        if (!value.isTextual()) {
            wrongType(name, value, "a text");
            return otherwise;
        }
        if (value.textValue().isBlank()) {
            error(name, param(name) + " is empty; give a text or leave it out");
            return otherwise;
        }
        return value.textValue();
    }

    /** One of a few names. */
    public String oneOf(String name, Collection<String> choices, String otherwise) {
        String value = text(name, otherwise);
        if (value == null || choices.contains(value)) {
            return value == null ? otherwise : value;
        }
        error(name, notOneOf(param(name), value, choices));
        return otherwise;
    }

    /** The message for a value outside a list of names. */
    public static String notOneOf(String param, String value, Collection<String> choices) {
        return "%s is %s; it must be one of %s%s"
                .formatted(param, value, String.join(", ", choices), Suggest.didYouMean(value, choices));
    }

    /** A whole number from {@code least} to {@code most}. */
    public int integer(String name, int otherwise, int least, int most) {
        Integer value = integer(name, least, most);
        return value == null ? otherwise : value;
    }

    /** A whole number from {@code least} to {@code most}; null when left out. */
    public @Nullable Integer integer(String name, int least, int most) {
        JsonNode value = raw(name);
        if (value.isNull()) {
            return null;
        }
        if (!value.isNumber() || !whole(value)) {
            wrongType(name, value, "a whole number");
            return null;
        }
        if (!value.canConvertToInt() || value.intValue() < least || value.intValue() > most) {
            error(name, "%s is %s; it must be %s".formatted(param(name), value, range(least, most)));
            return null;
        }
        return value.intValue();
    }

    /** A whole number of any size that a {@code long} holds. */
    public long longInteger(String name, long otherwise) {
        JsonNode value = raw(name);
        if (value.isNull()) {
            return otherwise;
        }
        if (!value.isNumber() || !whole(value) || !value.canConvertToLong()) {
            wrongType(name, value, "a whole number");
            return otherwise;
        }
        return value.longValue();
    }

    /** A finite number that {@code valid} accepts; {@code range} says in words what that is. */
    public double number(String name, double otherwise, Function<Double, Boolean> valid, String range) {
        Double value = number(name, valid, range);
        return value == null ? otherwise : value;
    }

    /** Likewise; null when left out. */
    public @Nullable Double number(String name, Function<Double, Boolean> valid, String range) {
        JsonNode value = raw(name);
        if (value.isNull()) {
            return null;
        }
        if (!value.isNumber()) {
            wrongType(name, value, "a number");
            return null;
        }
        if (!Double.isFinite(value.doubleValue()) || !valid.apply(value.doubleValue())) {
            error(name, "%s is %s; it must be %s".formatted(param(name), value, range));
            return null;
        }
        return value.doubleValue();
    }

    /** True or false. */
    public boolean flag(String name, boolean otherwise) {
        JsonNode value = raw(name);
        if (!value.isNull() && !value.isBoolean()) {
            wrongType(name, value, "true or false");
        }
        return value.isBoolean() ? value.booleanValue() : otherwise;
    }

    /** A list of texts, none blank; null when left out. */
    public @Nullable List<String> texts(String name) {
        JsonNode value = raw(name);
        if (value.isNull()) {
            return null;
        }
        List<String> texts = new ArrayList<>();
        for (JsonNode element : value) {
            if (element.isTextual() && !element.textValue().isBlank()) {
                texts.add(element.textValue());
            }
        }
        if (!value.isArray() || texts.size() != value.size()) {
            wrongType(name, value, "a list of texts");
            return null;
        }
        return texts;
    }

    /** A list of finite numbers; null when left out. */
    public @Nullable List<Double> numbers(String name) {
        JsonNode value = raw(name);
        if (value.isNull()) {
            return null;
        }
        List<Double> numbers = new ArrayList<>();
        for (JsonNode element : value) {
            if (element.isNumber() && Double.isFinite(element.doubleValue())) {
                numbers.add(element.doubleValue());
            }
        }
        if (!value.isArray() || numbers.size() != value.size()) {
            wrongType(name, value, "a list of numbers");
            return null;
        }
        return numbers;
    }

    /** A map from names to positive numbers, such as {@code rank_pattern}; empty when left out. */
    public Map<String, Integer> integers(String name, int least) {
        JsonNode value = raw(name);
        Map<String, Integer> map = new LinkedHashMap<>();
        if (!value.isNull() && !value.isObject()) {
            wrongType(name, value, "an object of whole numbers");
            return map;
        }
        Fields within = new Fields(param(name), value, errors);
        value.properties().forEach(entry -> {
            Integer number = within.integer(entry.getKey(), least, Integer.MAX_VALUE);
            if (number != null) {
                map.put(entry.getKey(), number);
            }
        });
        return map;
    }

    /** A map from names to finite numbers that {@code valid} accepts; empty when left out. */
    public Map<String, Double> numbersByName(String name, Function<Double, Boolean> valid, String range) {
        JsonNode value = raw(name);
        Map<String, Double> map = new LinkedHashMap<>();
        if (!value.isNull() && !value.isObject()) {
            wrongType(name, value, "an object of numbers");
            return map;
        }
        Fields within = new Fields(param(name), value, errors);
        value.properties().forEach(entry -> {
            Double number = within.number(entry.getKey(), valid, range);
            if (number != null) {
                map.put(entry.getKey(), number);
            }
        });
        return map;
    }

    /** The names that were asked for. */
    public Set<String> known() {
        return Set.copyOf(known);
    }

    /** Reports every field that nobody has read. To be called last. */
    public void refuseUnknown() {
        refuseUnknown(_ -> List.of());
    }

    /** Likewise; {@code owners} says whose field a name is, if not this object's. */
    public void refuseUnknown(Function<String, List<String>> owners) {
        for (Map.Entry<String, JsonNode> field : object.properties()) {
            if (!known.contains(field.getKey())) {
                String way = Suggest.didYouMean(field.getKey(), known);
                List<String> others = owners.apply(field.getKey());
                if (!others.isEmpty()) {
                    way = "; it is an option of %s: leave it out, or take that method"
                            .formatted(String.join(", ", others));
                }
                error(
                        field.getKey(),
                        "%s is not a field (its value is %s)%s"
                                .formatted(
                                        param(field.getKey()),
                                        shown(field.getValue()),
                                        way.isEmpty() ? "; the fields are " + String.join(", ", known) : way));
            }
        }
    }

    private void wrongType(String name, JsonNode value, String wanted) {
        error(name, "%s is %s; it must be %s".formatted(param(name), shown(value), wanted));
    }

    /** A value as a message gives it. */
    private static String shown(JsonNode value) {
        if (value.isContainerNode()) {
            return value.isArray() ? "a list" : "an object";
        }
        String text = value.toString();
        return text.length() <= MOST_SHOWN ? text : text.substring(0, MOST_SHOWN) + "…";
    }

    private static boolean whole(JsonNode value) {
        return value.isIntegralNumber()
                || (Double.isFinite(value.doubleValue()) && value.doubleValue() == Math.rint(value.doubleValue()));
    }

    private static String range(int least, int most) {
        return most == Integer.MAX_VALUE ? "at least " + least : "from %d to %d".formatted(least, most);
    }
}
