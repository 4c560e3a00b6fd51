package io.tenfold.data.jinja;

/** Why a template can't be read or rendered. */
public final class TemplateException extends RuntimeException {

    private static final long serialVersionUID = 1;

    /** Who must act. */
    public enum Kind {
        /** The template is not Jinja, or has what this interpreter does not know. */
        TEMPLATE,
        /** The template itself refused the conversation, by {@code raise_exception}; the message is its own. */
        RAISED,
        /** An operation failed on this conversation. */
        FAILED,
        /** The template asked for too much. */
        LIMIT
    }

    private final Kind kind;
    private final int line;

    private TemplateException(Kind kind, String message, int line) {
        super(message);
        this.kind = kind;
        this.line = line;
    }

    static TemplateException template(String message, int line) {
        return new TemplateException(Kind.TEMPLATE, message, line);
    }

    static TemplateException raised(String message) {
        return new TemplateException(Kind.RAISED, message, 0);
    }

    static TemplateException failed(String message) {
        return new TemplateException(Kind.FAILED, message, 0);
    }

    static TemplateException unsupported(String what) {
        return new TemplateException(Kind.TEMPLATE, what + " is not supported", 0);
    }

    static TemplateException limit(String message) {
        return new TemplateException(Kind.LIMIT, message, 0);
    }

    /** The same with a line, unless it has one. */
    TemplateException at(int where) {
        return line > 0 ? this : new TemplateException(kind, String.valueOf(getMessage()), where);
    }

    public Kind kind() {
        return kind;
    }

    /** The template's line, from 1; 0 where none is known. */
    public int line() {
        return line;
    }
}
