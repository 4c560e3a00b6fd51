package io.tenfold.data.jinja;

import io.tenfold.data.jinja.Statement.Parameter;
import io.tenfold.data.jinja.Statement.Target;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Statements of a template. */
final class TemplateParser {

    private final Tokens tokens;
    private final ExpressionParser expressions;
    private int loops;

    private TemplateParser(Tokens tokens) {
        this.tokens = tokens;
        this.expressions = new ExpressionParser(tokens);
    }

    static List<Statement> parse(String template) {
        TemplateParser parser = new TemplateParser(new Tokens(Lexer.tokens(template)));
        return parser.statements(Set.of());
    }

    /** Until a block named in {@code ends}, whose name is the next token then; the template's end where there are none. */
    private List<Statement> statements(Set<String> ends) {
        tokens.deeper();
        List<Statement> made = new ArrayList<>();
        while (true) {
            Token token = tokens.next();
            switch (token.kind()) {
                case DATA -> made.add(new Statement.Data(token.line(), token.text()));
                case OUTPUT_BEGIN -> {
                    made.add(new Statement.Output(token.line(), expressions.tuple(true)));
                    tokens.expect(Token.Kind.OUTPUT_END);
                }
                case BLOCK_BEGIN -> {
                    Token name = tokens.current();
                    if (name.kind() == Token.Kind.NAME && ends.contains(name.text())) {
                        tokens.higher();
                        return made;
                    }
                    made.add(block(tokens.expect(Token.Kind.NAME)));
                    tokens.expect(Token.Kind.BLOCK_END);
                }
                case END -> {
                    if (!ends.isEmpty()) {
                        throw tokens.broken("the template ends, but %s is missing"
                                .formatted(String.join(
                                        " or ", ends.stream().sorted().toList())));
                    }
                    return made;
                }
                case OUTPUT_END, BLOCK_END, NAME, STRING, INTEGER, FLOAT, OPERATOR ->
                    throw tokens.broken(token.shown() + " is not expected here");
            }
        }
    }

    private List<Statement> body(String... ends) {
        tokens.expect(Token.Kind.BLOCK_END);
        return statements(Set.of(ends));
    }

    /** A body and the block that ends it. */
    private List<Statement> whole(String end) {
        List<Statement> body = body(end);
        tokens.expectName(end);
        return body;
    }

    private Statement block(Token name) {
        int line = name.line();
        return switch (name.text()) {
            case "if" -> condition(line);
            case "for" -> loop(line);
            case "set" -> set(line);
            case "macro" -> macro(line);
            case "call" -> call(line);
            case "filter" -> new Statement.FilterBlock(line, expressions.filters(), whole("endfilter"));
            case "with" -> with(line);
            case "generation" -> new Statement.Generation(line, apart("endgeneration"));
            case "break", "continue" -> {
                if (loops == 0) {
                    throw tokens.broken("%s stands outside a loop".formatted(name.text()));
                }
                yield name.text().equals("break") ? new Statement.Break(line) : new Statement.Continue(line);
            }
            default ->
                throw TemplateException.template(
                        "the block %s is not known or not supported".formatted(name.text()), line);
        };
    }

    /** A body that is a function of its own, so that no break leaves it. */
    private List<Statement> apart(String end) {
        int outside = loops;
        loops = 0;
        List<Statement> body = whole(end);
        loops = outside;
        return body;
    }

    private Statement condition(int line) {
        List<Expression> tests = new ArrayList<>();
        List<List<Statement>> bodies = new ArrayList<>();
        List<Statement> otherwise = List.of();
        tests.add(expressions.tuple(false));
        bodies.add(body("elif", "else", "endif"));
        while (true) {
            if (tokens.skipName("elif")) {
                tests.add(expressions.tuple(false));
                bodies.add(body("elif", "else", "endif"));
            } else if (tokens.skipName("else")) {
                otherwise = body("endif");
            } else {
                tokens.expectName("endif");
                return new Statement.If(line, tests, bodies, otherwise);
            }
        }
    }

    private Statement loop(int line) {
        Target target = targets();
        tokens.expectName("in");
        Expression over = expressions.tuple(false);
        Expression test = tokens.skipName("if") ? expressions.expression() : null;
        if (tokens.current().name("recursive")) {
            throw tokens.broken("a recursive loop is not supported");
        }
        loops++;
        List<Statement> body = body("endfor", "else");
        loops--;
        List<Statement> otherwise = List.of();
        if (tokens.skipName("else")) {
            otherwise = body("endfor");
        }
        tokens.expectName("endfor");
        return new Statement.For(line, target, over, test, body, otherwise);
    }

    private Statement set(int line) {
        Target target = targets();
        if (tokens.skip("=")) {
            return new Statement.Set(line, target, expressions.tuple(true));
        }
        Expression.Filter filter = tokens.skip("|") ? expressions.filters() : null;
        return new Statement.SetBlock(line, target, filter, apart("endset"));
    }

    private Target targets() {
        boolean bracketed = tokens.skip("(");
        List<Target> targets = new ArrayList<>(List.of(target()));
        boolean several = false;
        while (tokens.skip(",")) {
            several = true;
            if (tokens.current().kind() != Token.Kind.NAME || tokens.current().name("in")) {
                break;
            }
            targets.add(target());
        }
        if (bracketed) {
            tokens.expect(")");
        }
        return several ? new Target.Several(targets) : targets.getFirst();
    }

    private Target target() {
        String name = variable();
        return tokens.skip(".")
                ? new Target.Member(name, tokens.expect(Token.Kind.NAME).text())
                : new Target.Variable(name);
    }

    private String variable() {
        Token token = tokens.expect(Token.Kind.NAME);
        if (Set.of("true", "false", "none", "True", "False", "None").contains(token.text())) {
            throw TemplateException.template("%s can't be set".formatted(token.text()), token.line());
        }
        return token.text();
    }

    private Statement macro(int line) {
        String name = variable();
        List<Parameter> parameters = parameters();
        return new Statement.Macro(line, name, parameters, apart("endmacro"));
    }

    private List<Parameter> parameters() {
        List<Parameter> parameters = new ArrayList<>();
        tokens.expect("(");
        while (!tokens.skip(")")) {
            if (!parameters.isEmpty()) {
                tokens.expect(",");
            }
            String name = variable();
            parameters.add(new Parameter(name, tokens.skip("=") ? expressions.expression() : null));
        }
        return parameters;
    }

    private Statement call(int line) {
        List<Parameter> parameters = tokens.current().operator("(") ? parameters() : List.of();
        if (!(expressions.expression() instanceof Expression.Call call)) {
            throw tokens.broken("call needs a call, such as {% call name() %}");
        }
        return new Statement.CallBlock(line, parameters, call, apart("endcall"));
    }

    private Statement with(int line) {
        List<Target> targets = new ArrayList<>();
        List<Expression> values = new ArrayList<>();
        while (tokens.current().kind() != Token.Kind.BLOCK_END) {
            if (!targets.isEmpty()) {
                tokens.expect(",");
            }
            targets.add(new Target.Variable(variable()));
            tokens.expect("=");
            values.add(expressions.expression());
        }
        return new Statement.With(line, targets, values, whole("endwith"));
    }
}
