package io.tenfold.data;

import java.io.IOException;
import java.io.Reader;

/**
 * A file of plain text, which is one document. It is tokenized in parts, so that none of a large file is
 * kept as text; a tokenizer that sets a blank before each text (SentencePiece) sets one before each part.
 */
final class TextDocument {

    /** The tokenizer keeps some 150 bytes for each token of a text. */
    private static final int PART = 1_000_000;

    private TextDocument() {}

    static void read(DataFile file, PlainTexts texts) {
        StringBuilder part = new StringBuilder();
        char[] chars = new char[1 << 14];
        long line = 1;
        boolean blank = true;
        try (Reader reader = Utf8Reader.open(file)) {
            texts.begin();
            for (int count = reader.read(chars, 0, chars.length);
                    count >= 0;
                    count = reader.read(chars, 0, chars.length)) {
                part.append(chars, 0, count);
                int cut = part.length() < PART ? 0 : cut(part);
                if (cut > 0) {
                    String text = part.substring(0, cut);
                    texts.part(line, text);
                    blank = blank && text.isBlank();
                    line += text.chars().filter(c -> c == '\n').count();
                    part.delete(0, cut);
                }
            }
        } catch (IOException e) {
            throw Utf8Reader.unreadable(file, e);
        }
        texts.part(line, part.toString());
        texts.end(line, blank && part.toString().isBlank());
    }

    /**
     * Behind the last line's end between two characters that are no white space, where no tokenizer joins anything; else 0: the
     * part grows.
     */
    private static int cut(CharSequence part) {
        for (int i = part.length() - 2; i > 0; i--) {
            if (part.charAt(i) == '\n'
                    && !Character.isWhitespace(part.charAt(i - 1))
                    && !Character.isWhitespace(part.charAt(i + 1))) {
                return i + 1;
            }
        }
        return 0;
    }
}
