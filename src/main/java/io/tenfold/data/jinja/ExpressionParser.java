package io.tenfold.data.jinja;

import io.tenfold.data.jinja.Expression.Given;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Expressions, by Jinja's precedence: conditions, or, and, not, comparisons, + -, ~, * / // %, **, signs, then filters and tests. */
final class ExpressionParser {

    private static final Set<String> COMPARISONS = Set.of("==", "!=", "<", "<=", ">", ">=");
    private static final Set<String> PRODUCTS = Set.of("*", "/", "//", "%");

    private final Tokens tokens;

    ExpressionParser(Tokens tokens) {
        this.tokens = tokens;
    }

    /** An expression, or several with commas, which are a tuple. */
    Expression tuple(boolean conditions) {
        List<Expression> items = new ArrayList<>();
        boolean tuple = false;
        while (!ends()) {
            items.add(conditions ? expression() : or());
            if (!tokens.skip(",")) {
                break;
            }
            tuple = true;
        }
        if (items.isEmpty()) {
            throw tokens.broken("an expression is expected, but there is "
                    + tokens.current().shown());
        }
        return tuple ? new Expression.TupleOf(items) : items.getFirst();
    }

    private boolean ends() {
        Token token = tokens.current();
        return switch (token.kind()) {
            case OUTPUT_END, BLOCK_END -> true;
            case OPERATOR -> token.text().equals(")");
            case NAME -> token.text().equals("in") || token.text().equals("recursive");
            case DATA, OUTPUT_BEGIN, BLOCK_BEGIN, STRING, INTEGER, FLOAT, END -> false;
        };
    }

    Expression expression() {
        tokens.deeper();
        Expression made = or();
        while (tokens.skipName("if")) {
            Expression test = or();
            Expression no = tokens.skipName("else") ? expression() : null;
            made = new Expression.Condition(test, made, no);
        }
        tokens.higher();
        return made;
    }

    private Expression or() {
        Expression made = and();
        while (tokens.skipName("or")) {
            made = new Expression.Or(made, and());
        }
        return made;
    }

    private Expression and() {
        Expression made = not();
        while (tokens.skipName("and")) {
            made = new Expression.And(made, not());
        }
        return made;
    }

    private Expression not() {
        if (tokens.skipName("not")) {
            tokens.deeper();
            Expression of = not();
            tokens.higher();
            return new Expression.Not(of);
        }
        return comparison();
    }

    private Expression comparison() {
        Expression first = sum();
        List<String> operators = new ArrayList<>();
        List<Expression> others = new ArrayList<>();
        while (true) {
            Token token = tokens.current();
            if (token.kind() == Token.Kind.OPERATOR && COMPARISONS.contains(token.text())) {
                operators.add(tokens.next().text());
            } else if (tokens.skipName("in")) {
                operators.add("in");
            } else if (token.name("not") && tokens.look().name("in")) {
                tokens.next();
                tokens.next();
                operators.add("not in");
            } else {
                return operators.isEmpty() ? first : new Expression.Compare(first, operators, others);
            }
            others.add(sum());
        }
    }

    private Expression sum() {
        Expression made = concat();
        while (tokens.current().operator("+") || tokens.current().operator("-")) {
            String operator = tokens.next().text();
            made = new Expression.Binary(operator, made, concat());
        }
        return made;
    }

    private Expression concat() {
        List<Expression> parts = new ArrayList<>(List.of(product()));
        while (tokens.skip("~")) {
            parts.add(product());
        }
        return parts.size() == 1 ? parts.getFirst() : new Expression.Concat(parts);
    }

    private Expression product() {
        Expression made = power();
        while (tokens.current().kind() == Token.Kind.OPERATOR
                && PRODUCTS.contains(tokens.current().text())) {
            String operator = tokens.next().text();
            made = new Expression.Binary(operator, made, power());
        }
        return made;
    }

    private Expression power() {
        Expression made = unary(true);
        while (tokens.skip("**")) {
            made = new Expression.Binary("**", made, unary(true));
        }
        return made;
    }

    private Expression unary(boolean filters) {
        tokens.deeper();
        Expression made;
        if (tokens.skip("-")) {
            made = new Expression.Sign(true, unary(false));
        } else if (tokens.skip("+")) {
            made = new Expression.Sign(false, unary(false));
        } else {
            made = primary();
        }
        made = postfix(made);
        tokens.higher();
        return filters ? filtered(made) : made;
    }

    private Expression primary() {
        Token token = tokens.next();
        return switch (token.kind()) {
            case NAME -> name(token.text());
            case STRING -> {
                StringBuilder text = new StringBuilder(token.text());
                while (tokens.current().kind() == Token.Kind.STRING) {
                    text.append(tokens.next().text());
                }
                yield new Expression.Literal(text.toString());
            }
            case INTEGER -> new Expression.Literal(integer(token.text().replace("_", "")));
            case FLOAT -> new Expression.Literal(Double.valueOf(token.text().replace("_", "")));
            case OPERATOR ->
                switch (token.text()) {
                    case "(" -> brackets();
                    case "[" -> list();
                    case "{" -> map();
                    default -> throw unexpected(token);
                };
            case DATA, OUTPUT_BEGIN, OUTPUT_END, BLOCK_BEGIN, BLOCK_END, END -> throw unexpected(token);
        };
    }

    private static TemplateException unexpected(Token token) {
        return TemplateException.template("%s is not expected here".formatted(token.shown()), token.line());
    }

    private static Expression name(String name) {
        return switch (name) {
            case "true", "True" -> new Expression.Literal(true);
            case "false", "False" -> new Expression.Literal(false);
            case "none", "None" -> new Expression.Literal(None.NONE);
            default -> new Expression.Name(name);
        };
    }

    private Object integer(String text) {
        String lower = text.toLowerCase(java.util.Locale.ROOT);
        int base = lower.startsWith("0x") ? 16 : lower.startsWith("0o") ? 8 : lower.startsWith("0b") ? 2 : 10;
        BigInteger value = new BigInteger(base == 10 ? lower : lower.substring(2), base);
        if (value.bitLength() > 63) {
            throw tokens.broken("the number %s is too large".formatted(text));
        }
        return value.longValue();
    }

    private Expression brackets() {
        if (tokens.skip(")")) {
            return new Expression.TupleOf(List.of());
        }
        Expression made = tuple(true);
        tokens.expect(")");
        return made;
    }

    private Expression list() {
        List<Expression> items = new ArrayList<>();
        while (!tokens.skip("]")) {
            if (!items.isEmpty()) {
                tokens.expect(",");
                if (tokens.skip("]")) {
                    break;
                }
            }
            items.add(expression());
        }
        return new Expression.ListOf(items);
    }

    private Expression map() {
        List<Expression> keys = new ArrayList<>();
        List<Expression> values = new ArrayList<>();
        while (!tokens.skip("}")) {
            if (!keys.isEmpty()) {
                tokens.expect(",");
                if (tokens.skip("}")) {
                    break;
                }
            }
            keys.add(expression());
            tokens.expect(":");
            values.add(expression());
        }
        return new Expression.MapOf(keys, values);
    }

    private Expression postfix(Expression of) {
        Expression made = of;
        while (true) {
            if (tokens.skip(".")) {
                Token token = tokens.next();
                made = switch (token.kind()) {
                    case NAME -> new Expression.Attribute(made, token.text());
                    case INTEGER -> new Expression.Item(made, new Expression.Literal(integer(token.text())));
                    default -> throw unexpected(token);
                };
            } else if (tokens.skip("[")) {
                made = subscript(made);
            } else if (tokens.current().operator("(")) {
                made = new Expression.Call(made, given());
            } else {
                return made;
            }
        }
    }

    private Expression subscript(Expression of) {
        @Nullable Expression from = tokens.current().operator(":") ? null : expression();
        if (from != null && tokens.skip("]")) {
            return new Expression.Item(of, from);
        }
        tokens.expect(":");
        Expression to = sliceEnd();
        Expression step = tokens.skip(":") ? sliceEnd() : null;
        tokens.expect("]");
        return new Expression.Slice(of, from, to, step);
    }

    private @Nullable Expression sliceEnd() {
        return tokens.current().operator(":") || tokens.current().operator("]") ? null : expression();
    }

    private Expression filtered(Expression of) {
        Expression made = of;
        while (true) {
            if (tokens.skip("|")) {
                made = filter(made);
            } else if (tokens.skipName("is")) {
                made = test(made);
            } else if (tokens.current().operator("(")) {
                made = new Expression.Call(made, given());
            } else {
                return made;
            }
        }
    }

    private Expression.Filter filter(@Nullable Expression of) {
        String name = tokens.expect(Token.Kind.NAME).text();
        if (!Filters.NAMES.contains(name)) {
            throw tokens.broken("there is no filter %s, or it is not supported".formatted(name));
        }
        return new Expression.Filter(of, name, tokens.current().operator("(") ? given() : Given.NOTHING);
    }

    /** {@code name | name(…)}: filters of a block's text. */
    Expression.Filter filters() {
        Expression.Filter made = filter(null);
        while (tokens.skip("|")) {
            made = filter(made);
        }
        return made;
    }

    private Expression test(Expression of) {
        boolean negated = tokens.skipName("not");
        Token token = tokens.expect(Token.Kind.NAME);
        if (!Tests.NAMES.contains(token.text())) {
            throw TemplateException.template(
                    "there is no test %s, or it is not supported".formatted(token.text()), token.line());
        }
        Given given = Given.NOTHING;
        Token next = tokens.current();
        if (next.operator("(")) {
            given = given();
        } else if (beginsArgument(next)) {
            given = new Given(List.of(postfix(primary())), Map.of());
        }
        Expression made = new Expression.Test(of, token.text(), given);
        return negated ? new Expression.Not(made) : made;
    }

    private static boolean beginsArgument(Token token) {
        return switch (token.kind()) {
            case NAME -> !Set.of("else", "or", "and", "is").contains(token.text());
            case STRING, INTEGER, FLOAT -> true;
            case OPERATOR -> token.text().equals("[") || token.text().equals("{");
            case DATA, OUTPUT_BEGIN, OUTPUT_END, BLOCK_BEGIN, BLOCK_END, END -> false;
        };
    }

    /** Arguments in brackets. */
    Given given() {
        tokens.expect("(");
        List<Expression> places = new ArrayList<>();
        Map<String, Expression> names = new LinkedHashMap<>();
        while (!tokens.skip(")")) {
            if (places.size() + names.size() > 0) {
                tokens.expect(",");
                if (tokens.skip(")")) {
                    break;
                }
            }
            if (tokens.current().operator("*") || tokens.current().operator("**")) {
                throw tokens.broken("arguments spread by * or ** are not supported");
            }
            if (tokens.current().kind() == Token.Kind.NAME && tokens.look().operator("=")) {
                String name = tokens.next().text();
                tokens.next();
                names.put(name, expression());
            } else if (names.isEmpty()) {
                places.add(expression());
            } else {
                throw tokens.broken("an argument without a name stands after one with a name");
            }
        }
        return new Given(places, names);
    }
}
