package io.tenfold.data.jinja;

import io.tenfold.data.jinja.Expression.Given;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What expressions are. */
final class Evaluator {

    private final Budget budget;
    private final Members members;
    private final Numbers numbers;
    private final Filters filters;

    Evaluator(Budget budget) {
        this.budget = budget;
        members = new Members(budget);
        numbers = new Numbers(budget);
        filters = new Filters(budget, members);
    }

    Object value(Expression expression, Frame frame) {
        budget.step();
        return switch (expression) {
            case Expression.Literal(Object value) -> value;
            case Expression.Name(String name) -> {
                Object value = frame.find(name);
                yield value == null ? new Undefined("'%s' is undefined".formatted(name)) : value;
            }
            case Expression.ListOf(List<Expression> items) -> values(items, frame);
            case Expression.TupleOf(List<Expression> items) -> new Tuple(values(items, frame));
            case Expression.MapOf(List<Expression> keys, List<Expression> values) -> {
                Map<Object, Object> map = new LinkedHashMap<>();
                for (int i = 0; i < keys.size(); i++) {
                    map.put(value(keys.get(i), frame), value(values.get(i), frame));
                }
                yield map;
            }
            case Expression.Condition(Expression test, Expression yes, Expression no) -> {
                if (Values.truth(value(test, frame))) {
                    yield value(yes, frame);
                }
                yield no == null
                        ? new Undefined("the inline if-expression evaluated to false and no else section was defined.")
                        : value(no, frame);
            }
            case Expression.And(Expression left, Expression right) -> {
                Object first = value(left, frame);
                yield Values.truth(first) ? value(right, frame) : first;
            }
            case Expression.Or(Expression left, Expression right) -> {
                Object first = value(left, frame);
                yield Values.truth(first) ? first : value(right, frame);
            }
            case Expression.Not(Expression of) -> !Values.truth(value(of, frame));
            case Expression.Compare compare -> compared(compare, frame);
            case Expression.Binary(String operator, Expression left, Expression right) ->
                numbers.apply(operator, value(left, frame), value(right, frame));
            case Expression.Sign(boolean negative, Expression of) ->
                numbers.apply(negative ? "-" : "+", 0L, number(value(of, frame)));
            case Expression.Concat(List<Expression> parts) -> {
                StringBuilder out = new StringBuilder();
                for (Expression part : parts) {
                    budget.make(out.append(Values.text(value(part, frame))).length());
                }
                yield out.toString();
            }
            case Expression.Attribute(Expression of, String name) -> members.attribute(value(of, frame), name);
            case Expression.Item(Expression of, Expression key) -> members.item(value(of, frame), value(key, frame));
            case Expression.Slice slice ->
                members.slice(
                        value(slice.of(), frame),
                        end(slice.from(), frame),
                        end(slice.to(), frame),
                        end(slice.step(), frame));
            case Expression.Call call -> call(call, frame, Map.of());
            case Expression.Filter filter -> filtered(filter, frame, "");
            case Expression.Test(Expression of, String name, Given given) ->
                Tests.test(name, value(of, frame), arguments(given, frame, Map.of()));
        };
    }

    private static Object number(Object value) {
        if (value instanceof Undefined missing) {
            throw missing.failure();
        }
        if (!Values.isNumber(value)) {
            throw TemplateException.failed("bad operand type for a sign: '%s'".formatted(Values.type(value)));
        }
        return value;
    }

    private Object end(@Nullable Expression expression, Frame frame) {
        return expression == null ? None.NONE : value(expression, frame);
    }

    private List<Object> values(List<Expression> expressions, Frame frame) {
        List<Object> values = new ArrayList<>(expressions.size());
        expressions.forEach(each -> values.add(value(each, frame)));
        return values;
    }

    /** A filter, or a chain of them, on a block's text. */
    Object filtered(Expression.Filter filter, Frame frame, String blockText) {
        Expression of = filter.of();
        Object value = of == null
                ? blockText
                : of instanceof Expression.Filter inner ? filtered(inner, frame, blockText) : value(of, frame);
        return filters.apply(filter.name(), value, arguments(filter.given(), frame, Map.of()));
    }

    /** @param more arguments by name besides those given */
    Object call(Expression.Call call, Frame frame, Map<String, Object> more) {
        Object function = value(call.function(), frame);
        if (function instanceof Undefined missing) {
            throw missing.failure();
        }
        if (!(function instanceof Function callable)) {
            throw TemplateException.failed("'%s' object is not callable".formatted(Values.type(function)));
        }
        return callable.call(arguments(call.given(), frame, more));
    }

    private Arguments arguments(Given given, Frame frame, Map<String, Object> more) {
        if (given.places().isEmpty() && given.names().isEmpty() && more.isEmpty()) {
            return Arguments.NONE;
        }
        Map<String, Object> names = new LinkedHashMap<>();
        List<Object> places = values(given.places(), frame);
        given.names().forEach((name, value) -> names.put(name, value(value, frame)));
        names.putAll(more);
        return new Arguments(places, names);
    }

    private boolean compared(Expression.Compare compare, Frame frame) {
        Object left = value(compare.first(), frame);
        for (int i = 0; i < compare.operators().size(); i++) {
            Object right = value(compare.others().get(i), frame);
            boolean holds =
                    switch (compare.operators().get(i)) {
                        case "==" -> Values.equal(left, right);
                        case "!=" -> !Values.equal(left, right);
                        case "<" -> Values.compare(left, right) < 0;
                        case "<=" -> Values.compare(left, right) <= 0;
                        case ">" -> Values.compare(left, right) > 0;
                        case ">=" -> Values.compare(left, right) >= 0;
                        case "in" -> Values.contains(right, left);
                        default -> !Values.contains(right, left);
                    };
            if (!holds) {
                return false;
            }
            left = right;
        }
        return true;
    }
}
