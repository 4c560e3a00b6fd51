package io.tenfold.data.jinja;

import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What can stand behind {@code is}. */
final class Tests {

    static final Set<String> NAMES = Set.of(
            "defined",
            "undefined",
            "none",
            "string",
            "mapping",
            "iterable",
            "sequence",
            "number",
            "integer",
            "float",
            "boolean",
            "true",
            "false",
            "equalto",
            "eq",
            "ne",
            "lt",
            "lessthan",
            "le",
            "gt",
            "greaterthan",
            "ge",
            "in",
            "even",
            "odd",
            "divisibleby",
            "sameas",
            "callable");

    private Tests() {}

    static boolean test(String name, Object value, Arguments given) {
        return switch (name) {
            case "defined" -> !(value instanceof Undefined);
            case "undefined" -> value instanceof Undefined;
            case "none" -> value == None.NONE;
            case "string" -> value instanceof String;
            case "mapping" -> value instanceof Map<?, ?>;
            case "iterable" -> isSequence(value) || value instanceof Generated;
            case "sequence" -> isSequence(value);
            case "number" -> Values.isNumber(value);
            case "integer" -> value instanceof Long || value instanceof BigInteger;
            case "float" -> value instanceof Double;
            case "boolean" -> value instanceof Boolean;
            case "true", "false" -> value instanceof Boolean truth && truth == name.equals("true");
            case "even" -> Values.equal(Values.index(value) % 2L, 0L);
            case "odd" -> Values.index(value) % 2 != 0;
            case "callable" -> value instanceof Function;
            default -> against(name, value, given.demand(0, "other", "the test " + name));
        };
    }

    private static boolean against(String name, Object value, Object other) {
        return switch (name) {
            case "equalto", "eq" -> Values.equal(value, other);
            case "ne" -> !Values.equal(value, other);
            case "lt", "lessthan" -> Values.compare(value, other) < 0;
            case "le" -> Values.compare(value, other) <= 0;
            case "gt", "greaterthan" -> Values.compare(value, other) > 0;
            case "ge" -> Values.compare(value, other) >= 0;
            case "in" -> Values.contains(other, value);
            case "divisibleby" -> Values.index(value) % Values.index(other) == 0;
            case "sameas" -> {
                if (!(other instanceof Boolean || other == None.NONE)) {
                    throw TemplateException.unsupported("the test sameas with a " + Values.type(other));
                }
                yield value.equals(other);
            }
            default -> throw TemplateException.unsupported("the test " + name);
        };
    }

    private static boolean isSequence(Object value) {
        return value instanceof String
                || value instanceof List<?>
                || value instanceof Tuple
                || value instanceof Map<?, ?>
                || value instanceof Undefined;
    }
}
