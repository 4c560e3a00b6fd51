package io.tenfold.data.jinja;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** A part of a template; {@code line} is where it begins. */
sealed interface Statement {

    int line();

    record Data(int line, String text) implements Statement {}

    record Output(int line, Expression of) implements Statement {}

    /** As many tests as bodies; the first that is true counts. */
    record If(int line, List<Expression> tests, List<List<Statement>> bodies, List<Statement> otherwise)
            implements Statement {}

    record For(
            int line,
            Target target,
            Expression over,
            @Nullable Expression test,
            List<Statement> body,
            List<Statement> otherwise)
            implements Statement {}

    record Set(int line, Target target, Expression value) implements Statement {}

    /** @param filter null, or a chain of filters that begins with the block's text */
    record SetBlock(int line, Target target, Expression.@Nullable Filter filter, List<Statement> body)
            implements Statement {}

    record Macro(int line, String name, List<Parameter> parameters, List<Statement> body) implements Statement {}

    record CallBlock(int line, List<Parameter> parameters, Expression.Call call, List<Statement> body)
            implements Statement {}

    record FilterBlock(int line, Expression.Filter filter, List<Statement> body) implements Statement {}

    record With(int line, List<Target> targets, List<Expression> values, List<Statement> body) implements Statement {}

    /** {@code {% generation %}}: what a model says. */
    record Generation(int line, List<Statement> body) implements Statement {}

    record Break(int line) implements Statement {}

    record Continue(int line) implements Statement {}

    /** A macro's parameter. */
    record Parameter(String name, @Nullable Expression otherwise) {}

    /** What a value is given to. */
    sealed interface Target {

        record Variable(String name) implements Target {}

        record Several(List<Target> targets) implements Target {}

        /** {@code ns.name}, of a namespace. */
        record Member(String namespace, String name) implements Target {}
    }
}
