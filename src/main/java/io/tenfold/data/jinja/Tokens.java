package io.tenfold.data.jinja;

import java.util.List;

/** Tokens with a place in them. */
final class Tokens {

    private static final int MOST_DEPTH = 200;

    private final List<Token> all;
    private int at;
    private int depth;

    Tokens(List<Token> all) {
        this.all = all;
    }

    Token current() {
        return all.get(at);
    }

    Token look() {
        return all.get(Math.min(at + 1, all.size() - 1));
    }

    Token next() {
        Token token = all.get(at);
        at = Math.min(at + 1, all.size() - 1);
        return token;
    }

    boolean skip(String operator) {
        if (current().operator(operator)) {
            next();
            return true;
        }
        return false;
    }

    boolean skipName(String name) {
        if (current().name(name)) {
            next();
            return true;
        }
        return false;
    }

    void expect(String operator) {
        if (!skip(operator)) {
            throw broken("%s stands where %s is expected".formatted(current().shown(), operator));
        }
    }

    void expectName(String name) {
        if (!skipName(name)) {
            throw broken("%s stands where %s is expected".formatted(current().shown(), name));
        }
    }

    Token expect(Token.Kind kind) {
        if (current().kind() != kind) {
            throw broken("%s is not expected here".formatted(current().shown()));
        }
        return next();
    }

    /** One more level of brackets or blocks. */
    void deeper() {
        if (++depth > MOST_DEPTH) {
            throw broken("there are more than %d levels in one another".formatted(MOST_DEPTH));
        }
    }

    void higher() {
        depth--;
    }

    TemplateException broken(String what) {
        return TemplateException.template(what, current().line());
    }
}
