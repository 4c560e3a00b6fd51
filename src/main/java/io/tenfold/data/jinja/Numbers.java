package io.tenfold.data.jinja;

import java.util.ArrayList;
import java.util.List;

/** {@code + - * / // % **} of Python's values. */
final class Numbers {

    private final Budget budget;

    Numbers(Budget budget) {
        this.budget = budget;
    }

    Object apply(String operator, Object left, Object right) {
        for (Object value : List.of(left, right)) {
            if (value instanceof Undefined missing) {
                throw missing.failure();
            }
        }
        if (Values.isNumber(left) && Values.isNumber(right)) {
            return arithmetic(operator, left, right);
        }
        if (operator.equals("+")) {
            return added(left, right);
        }
        if (operator.equals("*") && (left instanceof Long || right instanceof Long)) {
            return left instanceof Long times ? repeated(right, times) : repeated(left, (Long) right);
        }
        if (operator.equals("%") && left instanceof String) {
            throw TemplateException.unsupported("% after a text");
        }
        throw unfit(operator, left, right);
    }

    private static TemplateException unfit(String operator, Object left, Object right) {
        return TemplateException.failed("unsupported operand type(s) for %s: '%s' and '%s'"
                .formatted(operator, Values.type(left), Values.type(right)));
    }

    private Object added(Object left, Object right) {
        if (left instanceof String a) {
            if (!(right instanceof String b)) {
                throw TemplateException.failed(
                        "can only concatenate str (not \"%s\") to str".formatted(Values.type(right)));
            }
            budget.make((long) a.length() + b.length());
            return a + b;
        }
        boolean lists = left instanceof List<?> && right instanceof List<?>;
        if (lists || (left instanceof Tuple && right instanceof Tuple)) {
            List<Object> all = new ArrayList<>(Values.items(left));
            all.addAll(Values.items(right));
            budget.make(all.size());
            return lists ? all : new Tuple(all);
        }
        throw unfit("+", left, right);
    }

    private Object repeated(Object value, long times) {
        int count = Math.clamp(times, 0, Integer.MAX_VALUE);
        return switch (value) {
            case String text -> {
                budget.make((long) text.length() * count);
                yield text.repeat(count);
            }
            case List<?> list -> {
                budget.make((long) list.size() * count);
                List<Object> all = new ArrayList<>();
                for (int i = 0; i < count; i++) {
                    all.addAll(list);
                }
                yield all;
            }
            default -> throw unfit("*", value, times);
        };
    }

    private static Object arithmetic(String operator, Object left, Object right) {
        if (left instanceof Double || right instanceof Double || operator.equals("/")) {
            return ofFloats(operator, floating(left), floating(right));
        }
        long a = whole(left);
        long b = whole(right);
        try {
            return switch (operator) {
                case "+" -> Math.addExact(a, b);
                case "-" -> Math.subtractExact(a, b);
                case "*" -> Math.multiplyExact(a, b);
                case "//" -> Math.floorDiv(a, b);
                case "%" -> Math.floorMod(a, b);
                default -> power(a, b);
            };
        } catch (ArithmeticException e) {
            throw TemplateException.failed(
                    b == 0 ? "integer division or modulo by zero" : "a number is larger than 64 bits");
        }
    }

    private static Object power(long a, long b) {
        if (b < 0) {
            return Math.pow((double) a, (double) b);
        }
        long made = 1;
        for (long i = 0; i < b && !(made == a && (a == 0 || a == 1)); i++) {
            made = Math.multiplyExact(made, a);
            if (i > 64 && a == -1) {
                return b % 2 == 0 ? 1L : -1L;
            }
        }
        return made;
    }

    private static double ofFloats(String operator, double a, double b) {
        if (b == 0 && !operator.matches("[-+*]|\\*\\*")) {
            throw TemplateException.failed("float division by zero");
        }
        return switch (operator) {
            case "+" -> a + b;
            case "-" -> a - b;
            case "*" -> a * b;
            case "/" -> a / b;
            case "//" -> Math.floor(a / b);
            case "%" -> a - b * Math.floor(a / b);
            default -> Math.pow(a, b);
        };
    }

    private static long whole(Object value) {
        return switch (value) {
            case Boolean truth -> truth ? 1 : 0;
            case Long number -> number;
            default -> throw TemplateException.failed("a number is larger than 64 bits");
        };
    }

    private static double floating(Object value) {
        return value instanceof Boolean truth ? (truth ? 1 : 0) : ((Number) value).doubleValue();
    }
}
