package io.tenfold.data.jinja;

import io.tenfold.data.jinja.Statement.Parameter;
import io.tenfold.data.jinja.Statement.Target;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** One rendering of a template. */
final class Renderer {

    private enum Left {
        BY_END,
        BY_BREAK,
        BY_CONTINUE
    }

    private final Budget budget = new Budget();
    private final Evaluator evaluator = new Evaluator(budget);
    private final List<JinjaTemplate.Span> spans = new ArrayList<>();
    private final StringBuilder whole = new StringBuilder();
    private StringBuilder out = whole;
    private boolean hidden;
    private int loops;

    JinjaTemplate.Rendered render(List<Statement> template, Map<String, Object> variables) {
        Frame globals = new Frame(null);
        Globals.of(budget).forEach(globals::set);
        variables.forEach(globals::set);
        try {
            run(template, new Frame(globals));
        } catch (StackOverflowError e) {
            throw TemplateException.limit("the template's values or calls lie too deep in one another");
        }
        return new JinjaTemplate.Rendered(whole.toString(), spans, hidden);
    }

    private Left run(List<Statement> statements, Frame frame) {
        for (Statement statement : statements) {
            budget.step();
            Left left;
            try {
                left = run(statement, frame);
            } catch (TemplateException e) {
                throw e.at(statement.line());
            }
            if (left != Left.BY_END) {
                return left;
            }
        }
        return Left.BY_END;
    }

    private Left run(Statement statement, Frame frame) {
        switch (statement) {
            case Statement.Data(int _, String text) -> write(text);
            case Statement.Output(int _, Expression of) -> write(Values.text(evaluator.value(of, frame)));
            case Statement.If condition -> {
                return condition(condition, frame);
            }
            case Statement.For loop -> {
                return loop(loop, frame);
            }
            case Statement.Set(int _, Target target, Expression value) ->
                assign(target, evaluator.value(value, frame), frame);
            case Statement.SetBlock set -> {
                String text = captured(set.body(), new Frame(frame));
                Expression.Filter filter = set.filter();
                assign(set.target(), filter == null ? text : evaluator.filtered(filter, frame, text), frame);
            }
            case Statement.Macro(int _, String name, List<Parameter> parameters, List<Statement> body) ->
                frame.set(name, macro(name, parameters, body, frame));
            case Statement.CallBlock(int _, List<Parameter> parameters, Expression.Call call, List<Statement> body) ->
                write(Values.text(
                        evaluator.call(call, frame, Map.of("caller", macro("caller", parameters, body, frame)))));
            case Statement.FilterBlock(int _, Expression.Filter filter, List<Statement> body) -> {
                Frame inner = new Frame(frame);
                write(Values.text(evaluator.filtered(filter, inner, captured(body, inner))));
            }
            case Statement.With with -> {
                Frame inner = new Frame(frame);
                for (int i = 0; i < with.targets().size(); i++) {
                    assign(with.targets().get(i), evaluator.value(with.values().get(i), frame), inner);
                }
                return run(with.body(), inner);
            }
            case Statement.Generation(int _, List<Statement> body) -> generation(body, frame);
            case Statement.Break _ -> {
                return Left.BY_BREAK;
            }
            case Statement.Continue _ -> {
                return Left.BY_CONTINUE;
            }
        }
        return Left.BY_END;
    }

    private void write(String text) {
        budget.make((long) out.length() + text.length());
        out.append(text);
    }

    private void generation(List<Statement> body, Frame frame) {
        int from = out.length();
        run(body, new Frame(frame));
        if (out == whole) {
            spans.add(new JinjaTemplate.Span(from, out.length()));
        } else {
            hidden = true;
        }
    }

    private String captured(List<Statement> body, Frame frame) {
        StringBuilder before = out;
        out = new StringBuilder();
        try {
            run(body, frame);
            return out.toString();
        } finally {
            out = before;
        }
    }

    private Left condition(Statement.If condition, Frame frame) {
        for (int i = 0; i < condition.tests().size(); i++) {
            if (Values.truth(evaluator.value(condition.tests().get(i), frame))) {
                return run(condition.bodies().get(i), frame);
            }
        }
        return run(condition.otherwise(), frame);
    }

    private Left loop(Statement.For loop, Frame frame) {
        List<Object> items = Values.items(evaluator.value(loop.over(), frame));
        budget.make(items.size());
        if (loop.test() != null) {
            Expression test = loop.test();
            List<Object> chosen = new ArrayList<>();
            for (Object item : items) {
                Frame inner = new Frame(frame);
                assign(loop.target(), item, inner);
                if (Values.truth(evaluator.value(test, inner))) {
                    chosen.add(item);
                }
            }
            items = chosen;
        }
        if (items.isEmpty()) {
            return run(loop.otherwise(), new Frame(frame));
        }
        LoopState state = new LoopState(items, ++loops);
        while (state.advance()) {
            Frame inner = new Frame(frame);
            inner.set("loop", state);
            assign(loop.target(), state.item(), inner);
            if (run(loop.body(), inner) == Left.BY_BREAK) {
                break;
            }
        }
        loops--;
        return Left.BY_END;
    }

    private void assign(Target target, Object value, Frame frame) {
        switch (target) {
            case Target.Variable(String name) -> frame.set(name, value);
            case Target.Several(List<Target> targets) -> {
                List<Object> items = Values.items(value);
                if (items.size() != targets.size()) {
                    throw TemplateException.failed(
                            "%d values are given to %d variables".formatted(items.size(), targets.size()));
                }
                for (int i = 0; i < targets.size(); i++) {
                    assign(targets.get(i), items.get(i), frame);
                }
            }
            case Target.Member(String namespace, String name) -> {
                if (!(frame.find(namespace) instanceof Namespace(Map<String, Object> values))) {
                    throw TemplateException.failed("cannot assign attribute on non-namespace object");
                }
                values.put(name, value);
            }
        }
    }

    private Function macro(String name, List<Parameter> parameters, List<Statement> body, Frame frame) {
        return given -> {
            budget.enter();
            Frame inner = new Frame(frame);
            Set<String> known = new HashSet<>(Set.of("caller"));
            for (int i = 0; i < parameters.size(); i++) {
                Parameter parameter = parameters.get(i);
                Object value = given.find(i, parameter.name());
                Expression otherwise = parameter.otherwise();
                if (value == null) {
                    value = otherwise == null
                            ? new Undefined("parameter '%s' was not provided".formatted(parameter.name()))
                            : evaluator.value(otherwise, inner);
                }
                inner.set(parameter.name(), value);
                known.add(parameter.name());
            }
            given.check("macro '%s'".formatted(name), parameters.size(), known.toArray(String[]::new));
            Object caller = given.names().get("caller");
            if (caller != null) {
                inner.set("caller", caller);
            }
            int outside = loops;
            loops = 0;
            String text = captured(body, inner);
            loops = outside;
            budget.leave();
            return text;
        };
    }
}
