package io.tenfold.data.jinja;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What stands in {@code {{ }}} and in tags. */
sealed interface Expression {

    record Literal(Object value) implements Expression {}

    record Name(String name) implements Expression {}

    record ListOf(List<Expression> items) implements Expression {}

    record TupleOf(List<Expression> items) implements Expression {}

    record MapOf(List<Expression> keys, List<Expression> values) implements Expression {}

    record Condition(
            Expression test, Expression yes, @Nullable Expression no) implements Expression {}

    record And(Expression left, Expression right) implements Expression {}

    record Or(Expression left, Expression right) implements Expression {}

    record Not(Expression of) implements Expression {}

    /** Comparisons in a row: {@code a < b <= c}; as many operators as others. */
    record Compare(Expression first, List<String> operators, List<Expression> others) implements Expression {}

    record Binary(String operator, Expression left, Expression right) implements Expression {}

    record Sign(boolean negative, Expression of) implements Expression {}

    record Concat(List<Expression> parts) implements Expression {}

    record Attribute(Expression of, String name) implements Expression {}

    record Item(Expression of, Expression key) implements Expression {}

    record Slice(
            Expression of,
            @Nullable Expression from,
            @Nullable Expression to,
            @Nullable Expression step) implements Expression {}

    record Call(Expression function, Given given) implements Expression {}

    /** @param of null in a filter block, whose text it takes */
    record Filter(@Nullable Expression of, String name, Given given) implements Expression {}

    record Test(Expression of, String name, Given given) implements Expression {}

    /** Arguments not evaluated yet. */
    record Given(List<Expression> places, Map<String, Expression> names) {
        static final Given NOTHING = new Given(List.of(), Map.of());
    }
}
