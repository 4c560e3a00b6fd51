package io.tenfold.data.jinja;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/** What values mean in Python: truth, equality, order, elements, how they print. */
final class Values {

    private Values() {}

    /** The name of a value's type, as Python gives it. */
    static String type(Object value) {
        return switch (value) {
            case String _ -> "str";
            case Boolean _ -> "bool";
            case Long _, BigInteger _ -> "int";
            case Double _ -> "float";
            case List<?> _ -> "list";
            case Tuple _ -> "tuple";
            case Map<?, ?> _ -> "dict";
            case None _ -> "NoneType";
            case Undefined _ -> "Undefined";
            case Generated _ -> "generator";
            case Namespace _ -> "Namespace";
            case LoopState _ -> "LoopContext";
            default -> "function";
        };
    }

    static boolean truth(Object value) {
        return switch (value) {
            case Boolean truth -> truth;
            case String text -> !text.isEmpty();
            case Long number -> number != 0;
            case BigInteger number -> number.signum() != 0;
            case Double number -> number != 0;
            case Collection<?> items -> !items.isEmpty();
            case Tuple(List<Object> items) -> !items.isEmpty();
            case Map<?, ?> map -> !map.isEmpty();
            case None _, Undefined _ -> false;
            default -> true;
        };
    }

    /** The elements that a loop goes over. */
    static List<Object> items(Object value) {
        return switch (value) {
            case List<?> list -> objects(list);
            case Tuple(List<Object> items) -> items;
            case Map<?, ?> map -> objects(map.keySet());
            case String text ->
                objects(text.codePoints().mapToObj(Character::toString).toList());
            case Generated generated -> generated.take();
            case Undefined _ -> List.of();
            default -> throw TemplateException.failed("'%s' object is not iterable".formatted(type(value)));
        };
    }

    private static List<Object> objects(Collection<?> values) {
        return new ArrayList<>(values);
    }

    /** How many elements there are. */
    static long length(Object value) {
        return switch (value) {
            case List<?> list -> list.size();
            case Tuple(List<Object> items) -> items.size();
            case Map<?, ?> map -> map.size();
            case String text -> text.codePointCount(0, text.length());
            case Undefined _ -> 0;
            default -> throw TemplateException.failed("object of type '%s' has no len()".formatted(type(value)));
        };
    }

    /** A whole number that counts or places. */
    static int index(Object value) {
        if (value instanceof Boolean truth) {
            return truth ? 1 : 0;
        }
        if (value instanceof Long number && number == number.intValue()) {
            return number.intValue();
        }
        throw TemplateException.failed("%s is no whole number that can count".formatted(type(value)));
    }

    static boolean isNumber(Object value) {
        return value instanceof Long
                || value instanceof Double
                || value instanceof Boolean
                || value instanceof BigInteger;
    }

    private static BigDecimal exact(Object number) {
        return switch (number) {
            case Boolean truth -> truth ? BigDecimal.ONE : BigDecimal.ZERO;
            case Long whole -> BigDecimal.valueOf(whole);
            case BigInteger whole -> new BigDecimal(whole);
            default -> new BigDecimal((Double) number);
        };
    }

    static boolean equal(Object left, Object right) {
        if (isNumber(left) && isNumber(right)) {
            if (left instanceof Double || right instanceof Double) {
                double a = ((Number) number(left)).doubleValue();
                double b = ((Number) number(right)).doubleValue();
                if (!Double.isFinite(a) || !Double.isFinite(b)) {
                    return a == b;
                }
            }
            return exact(left).compareTo(exact(right)) == 0;
        }
        return switch (left) {
            case List<?> list -> right instanceof List<?> other && sameItems(list, other);
            case Tuple(List<Object> items) -> right instanceof Tuple(List<Object> others) && sameItems(items, others);
            case Map<?, ?> map -> right instanceof Map<?, ?> other && sameEntries(map, other);
            case Undefined _ -> right instanceof Undefined;
            case String text -> text.equals(right);
            default -> left.equals(right);
        };
    }

    private static Object number(Object value) {
        return value instanceof Boolean truth ? Long.valueOf(truth ? 1 : 0) : value;
    }

    private static boolean sameItems(List<?> left, List<?> right) {
        if (left.size() != right.size()) {
            return false;
        }
        Iterator<?> others = right.iterator();
        return left.stream().allMatch(item -> equal(item, others.next()));
    }

    private static boolean sameEntries(Map<?, ?> left, Map<?, ?> right) {
        return left.size() == right.size()
                && left.entrySet().stream().allMatch(entry -> {
                    Object other = right.get(entry.getKey());
                    return other != null && equal(entry.getValue(), other);
                });
    }

    /** Order of numbers, texts, lists and tuples. */
    static int compare(Object left, Object right) {
        if (isNumber(left) && isNumber(right)) {
            if (left instanceof Double || right instanceof Double) {
                return Double.compare(((Number) number(left)).doubleValue(), ((Number) number(right)).doubleValue());
            }
            return exact(left).compareTo(exact(right));
        }
        if (left instanceof String a && right instanceof String b) {
            return java.util.Arrays.compare(
                    a.codePoints().toArray(), b.codePoints().toArray());
        }
        if ((left instanceof List<?> && right instanceof List<?>)
                || (left instanceof Tuple && right instanceof Tuple)) {
            return compareItems(items(left), items(right));
        }
        for (Object value : List.of(left, right)) {
            if (value instanceof Undefined missing) {
                throw missing.failure();
            }
        }
        throw TemplateException.failed(
                "'<' not supported between instances of '%s' and '%s'".formatted(type(left), type(right)));
    }

    private static int compareItems(List<Object> left, List<Object> right) {
        for (int i = 0; i < Math.min(left.size(), right.size()); i++) {
            if (!equal(left.get(i), right.get(i))) {
                return compare(left.get(i), right.get(i));
            }
        }
        return Integer.compare(left.size(), right.size());
    }

    /** {@code item in container}. */
    static boolean contains(Object container, Object item) {
        return switch (container) {
            case String text -> {
                if (!(item instanceof String part)) {
                    throw TemplateException.failed("'in <string>' requires string as left operand, not " + type(item));
                }
                yield text.contains(part);
            }
            case Map<?, ?> map -> map.containsKey(item);
            case Namespace _, LoopState _ ->
                throw TemplateException.failed("argument of type '%s' is not iterable".formatted(type(container)));
            default -> items(container).stream().anyMatch(one -> equal(one, item));
        };
    }

    /** As {@code str} has it. */
    static String text(Object value) {
        return switch (value) {
            case String text -> text;
            case Undefined _ -> "";
            default -> shown(value);
        };
    }

    /** As {@code repr} has it. */
    static String shown(Object value) {
        return switch (value) {
            case String text -> quoted(text);
            case Boolean truth -> truth ? "True" : "False";
            case None _ -> "None";
            case Double number -> decimal(number);
            case Long _, BigInteger _ -> value.toString();
            case Undefined _ -> "Undefined";
            case List<?> list -> "[" + shownItems(list) + "]";
            case Tuple(List<Object> items) -> "(" + shownItems(items) + (items.size() == 1 ? ",)" : ")");
            case Map<?, ?> map -> {
                StringBuilder out = new StringBuilder("{");
                map.forEach((key, item) -> out.append(out.length() == 1 ? "" : ", ")
                        .append(shown(key))
                        .append(": ")
                        .append(shown(item)));
                yield out.append('}').toString();
            }
            default -> throw TemplateException.failed("a %s can't be printed".formatted(type(value)));
        };
    }

    private static String shownItems(List<?> items) {
        return String.join(", ", items.stream().map(Values::shown).toList());
    }

    /** A float as Python prints it: the shortest digits that give it back, with an exponent below 1e-4 and from 1e16 on. */
    static String decimal(double number) {
        if (!Double.isFinite(number)) {
            return Double.isNaN(number) ? "nan" : number > 0 ? "inf" : "-inf";
        }
        if (number == 0) {
            return 1 / number < 0 ? "-0.0" : "0.0";
        }
        BigDecimal digits = new BigDecimal(Double.toString(Math.abs(number))).stripTrailingZeros();
        int exponent = digits.precision() - digits.scale() - 1;
        String sign = number < 0 ? "-" : "";
        if (exponent >= -4 && exponent < 16) {
            String plain = digits.toPlainString();
            return sign + (plain.contains(".") ? plain : plain + ".0");
        }
        String all = digits.unscaledValue().toString();
        String mantissa = all.length() == 1 ? all : all.charAt(0) + "." + all.substring(1);
        return "%s%se%s%02d".formatted(sign, mantissa, exponent < 0 ? "-" : "+", Math.abs(exponent));
    }

    private static String quoted(String text) {
        char quote = text.indexOf('\'') >= 0 && text.indexOf('"') < 0 ? '"' : '\'';
        StringBuilder out = new StringBuilder().append(quote);
        text.codePoints().forEach(c -> {
            if (c == quote || c == '\\') {
                out.append('\\').appendCodePoint(c);
            } else if (c == '\n' || c == '\r' || c == '\t') {
                out.append('\\').append(c == '\n' ? 'n' : c == '\r' ? 'r' : 't');
            } else if (isPrintable(c)) {
                out.appendCodePoint(c);
            } else {
                out.append((c < 0x100 ? "\\x%02x" : c < 0x10000 ? "\\u%04x" : "\\U%08x").formatted(c));
            }
        });
        return out.append(quote).toString();
    }

    private static boolean isPrintable(int c) {
        return switch (Character.getType(c)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.PRIVATE_USE,
                    Character.UNASSIGNED,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR -> false;
            case Character.SPACE_SEPARATOR -> c == ' ';
            default -> true;
        };
    }
}
