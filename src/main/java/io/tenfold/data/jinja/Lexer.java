package io.tenfold.data.jinja;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** From a template's text to tokens, with {@code trim_blocks} and {@code lstrip_blocks}. */
final class Lexer {

    private static final Pattern FLOAT =
            Pattern.compile("(?:\\d+_)*\\d+(?:(?:\\.(?:\\d+_)*\\d+)?[eE][+-]?(?:\\d+_)*\\d+|\\.(?:\\d+_)*\\d+)");
    private static final Pattern INTEGER =
            Pattern.compile("0[bB](?:_?[01])+|0[oO](?:_?[0-7])+|0[xX](?:_?[0-9a-fA-F])+|[1-9](?:_?\\d)*|0(?:_?0)*");
    private static final Pattern NAME = Pattern.compile("[\\p{L}\\p{Nl}_][\\p{L}\\p{Nl}\\p{Mn}\\p{Mc}\\p{Nd}\\p{Pc}]*");
    private static final Pattern OPERATOR = Pattern.compile("//|\\*\\*|==|!=|>=|<=|[-+/*%~\\[\\](){}<>=.:|,;]");
    private static final Pattern RAW = Pattern.compile("\\s*raw\\s*(-?)%\\}");
    private static final Pattern END_RAW = Pattern.compile("\\{%([-+]?)\\s*endraw\\s*([-+]?)%\\}");

    private final String source;
    private final List<Token> tokens = new ArrayList<>();
    private int at;
    private boolean lineStarts = true;

    private Lexer(String source) {
        this.source = source;
    }

    static List<Token> tokens(String template) {
        String lines = template.replace("\r\n", "\n").replace('\r', '\n');
        Lexer lexer = new Lexer(lines.endsWith("\n") ? lines.substring(0, lines.length() - 1) : lines);
        lexer.read();
        return lexer.tokens;
    }

    private void read() {
        while (at < source.length()) {
            int begin = nextTag();
            if (begin < 0) {
                add(Token.Kind.DATA, source.substring(at));
                break;
            }
            char kind = source.charAt(begin + 1);
            int inside = begin + 2;
            char sign = inside < source.length() ? source.charAt(inside) : ' ';
            boolean signed = sign == '-' || sign == '+';
            data(source.substring(at, begin), sign, kind == '{');
            at = signed ? inside + 1 : inside;
            switch (kind) {
                case '#' -> comment();
                case '{' -> tag(Token.Kind.OUTPUT_BEGIN, Token.Kind.OUTPUT_END, "}}");
                default -> block();
            }
        }
        at = source.length();
        add(Token.Kind.END, "");
    }

    private int nextTag() {
        for (int i = source.indexOf('{', at); i >= 0 && i + 1 < source.length(); i = source.indexOf('{', i + 1)) {
            if ("{%#".indexOf(source.charAt(i + 1)) >= 0) {
                return i;
            }
        }
        return -1;
    }

    /** Text before a tag: a dash strips its end; before a block or comment that begins a line its indentation goes. */
    private void data(String text, char sign, boolean output) {
        String kept = text;
        if (sign == '-') {
            kept = TextMethods.stripEnd(text);
        } else if (sign != '+' && !output) {
            int line = text.lastIndexOf('\n') + 1;
            if ((line > 0 || lineStarts)
                    && TextMethods.stripEnd(text.substring(line)).isEmpty()) {
                kept = text.substring(0, line);
            }
        }
        if (!kept.isEmpty()) {
            add(Token.Kind.DATA, kept);
        }
    }

    private void comment() {
        int end = source.indexOf("#}", at);
        if (end < 0) {
            throw broken("a comment {# is not closed by #}");
        }
        char sign = end > at ? source.charAt(end - 1) : ' ';
        at = end + 2;
        after(sign, true);
    }

    private void block() {
        Matcher raw = RAW.matcher(source).region(at, source.length());
        if (!raw.lookingAt()) {
            tag(Token.Kind.BLOCK_BEGIN, Token.Kind.BLOCK_END, "%}");
            return;
        }
        at = raw.end();
        after(raw.group(1).isEmpty() ? '+' : '-', false);
        Matcher end = END_RAW.matcher(source);
        if (!end.find(at)) {
            throw broken("{% raw %} is not closed by {% endraw %}");
        }
        data(
                source.substring(at, end.start()),
                end.group(1).isEmpty() ? ' ' : end.group(1).charAt(0),
                false);
        at = end.end();
        after(end.group(2).isEmpty() ? ' ' : end.group(2).charAt(0), true);
    }

    /** What the end of a tag takes with it. */
    private void after(char sign, boolean trims) {
        int end = at;
        if (sign == '-') {
            while (at < source.length() && TextMethods.isSpace(source.charAt(at))) {
                at++;
            }
        } else if (sign != '+' && trims && at < source.length() && source.charAt(at) == '\n') {
            at++;
        }
        lineStarts = at > end && source.charAt(at - 1) == '\n';
    }

    private void tag(Token.Kind begin, Token.Kind end, String closing) {
        add(begin, "");
        Deque<Character> open = new ArrayDeque<>();
        while (true) {
            while (at < source.length() && TextMethods.isSpace(source.charAt(at))) {
                at++;
            }
            if (at >= source.length()) {
                throw broken("a tag is not closed by " + closing);
            }
            char sign = source.charAt(at);
            boolean signed = sign == '-' || (sign == '+' && closing.equals("%}"));
            if (open.isEmpty() && source.startsWith(closing, signed ? at + 1 : at)) {
                add(end, "");
                at += signed ? 3 : 2;
                after(signed ? sign : ' ', closing.equals("%}"));
                return;
            }
            piece(open);
        }
    }

    private void piece(Deque<Character> open) {
        char c = source.charAt(at);
        if (c == '"' || c == '\'') {
            string(c);
        } else if (!(take(FLOAT, Token.Kind.FLOAT)
                || take(NAME, Token.Kind.NAME)
                || take(INTEGER, Token.Kind.INTEGER))) {
            if (!take(OPERATOR, Token.Kind.OPERATOR)) {
                throw broken("%c can't stand in a tag".formatted(c));
            }
            brackets(c, open);
        }
    }

    private void brackets(char c, Deque<Character> open) {
        switch (c) {
            case '(' -> open.push(')');
            case '[' -> open.push(']');
            case '{' -> open.push('}');
            case ')', ']', '}' -> {
                if (open.isEmpty() || open.pop() != c) {
                    throw broken("%c closes no bracket".formatted(c));
                }
            }
            default -> {}
        }
    }

    private boolean take(Pattern pattern, Token.Kind kind) {
        Matcher matcher = pattern.matcher(source).region(at, source.length());
        if (!matcher.lookingAt()) {
            return false;
        }
        add(kind, matcher.group());
        at = matcher.end();
        return true;
    }

    private void string(char quote) {
        int end = at + 1;
        while (end < source.length() && source.charAt(end) != quote) {
            end += source.charAt(end) == '\\' ? 2 : 1;
        }
        if (end >= source.length()) {
            throw broken("a text is not closed by " + quote);
        }
        add(Token.Kind.STRING, unescaped(source.substring(at + 1, end)));
        at = end + 1;
    }

    /** Python's escapes; a backslash before another character stays. */
    private String unescaped(String text) {
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c != '\\') {
                out.append(c);
                continue;
            }
            char escaped = text.charAt(++i);
            int simple = "abfnrtv\\'\"".indexOf(escaped);
            int digits = escaped == 'x' ? 2 : escaped == 'u' ? 4 : escaped == 'U' ? 8 : 0;
            if (simple >= 0) {
                out.append("\u0007\b\f\n\r\t\u000b\\'\"".charAt(simple));
            } else if (digits > 0) {
                out.appendCodePoint(code(text, i + 1, digits, 16));
                i += digits;
            } else if (escaped >= '0' && escaped <= '7') {
                int length = 1;
                while (length < 3 && i + length < text.length() && "01234567".indexOf(text.charAt(i + length)) >= 0) {
                    length++;
                }
                out.appendCodePoint(code(text, i, length, 8));
                i += length - 1;
            } else if (escaped == 'N') {
                throw broken("\\N in a text");
            } else if (escaped != '\n') {
                out.append('\\').append(escaped);
            }
        }
        return out.toString();
    }

    private int code(String text, int from, int digits, int base) {
        try {
            int code = Integer.parseInt(text.substring(from, from + digits), base);
            if (Character.isValidCodePoint(code)) {
                return code;
            }
        } catch (NumberFormatException | StringIndexOutOfBoundsException e) {
            throw broken("a text has a broken escape");
        }
        throw broken("a text has an escape beyond Unicode");
    }

    private void add(Token.Kind kind, String text) {
        tokens.add(new Token(kind, text, line()));
    }

    private TemplateException broken(String what) {
        return TemplateException.template(what, line());
    }

    private int counted;
    private int lines = 1;

    private int line() {
        for (; counted < at; counted++) {
            lines += source.charAt(counted) == '\n' ? 1 : 0;
        }
        return lines;
    }
}
