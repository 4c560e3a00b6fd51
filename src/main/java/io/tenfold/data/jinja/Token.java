package io.tenfold.data.jinja;

/**
 * A piece of a template.
 *
 * @param text as it stands there; of a string and of data what it means
 * @param line from 1
 */
record Token(Kind kind, String text, int line) {

    enum Kind {
        DATA,
        OUTPUT_BEGIN,
        OUTPUT_END,
        BLOCK_BEGIN,
        BLOCK_END,
        NAME,
        STRING,
        INTEGER,
        FLOAT,
        OPERATOR,
        END
    }

    boolean operator(String wanted) {
        return kind == Kind.OPERATOR && text.equals(wanted);
    }

    boolean name(String wanted) {
        return kind == Kind.NAME && text.equals(wanted);
    }

    /** For messages. */
    String shown() {
        return switch (kind) {
            case END -> "the template's end";
            case OUTPUT_END -> "}}";
            case BLOCK_END -> "%}";
            case OUTPUT_BEGIN -> "{{";
            case BLOCK_BEGIN -> "{%";
            case DATA, NAME, STRING, INTEGER, FLOAT, OPERATOR ->
                text.length() > 40 ? text.substring(0, 40) + "…" : text;
        };
    }
}
