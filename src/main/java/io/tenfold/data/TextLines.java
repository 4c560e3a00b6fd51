package io.tenfold.data;

import java.io.IOException;
import java.io.Reader;
import org.jspecify.annotations.Nullable;

/** The lines of a file, ended by LF or CR LF; a CR alone is a character. Knows the number of the line it gave last. */
final class TextLines implements AutoCloseable {

    /** A line of more characters is refused: the file is hardly text. */
    static final int MOST = 1 << 24;

    private final DataFile file;
    private final Reader reader;
    private final char[] chars = new char[1 << 14];
    private int at;
    private int end;
    private long number;

    TextLines(DataFile file) {
        this.file = file;
        this.reader = Utf8Reader.open(file);
    }

    /** The number of the line that {@link #next} gave last, from 1. */
    long number() {
        return number;
    }

    /** The next line without its end; null after the last. */
    @Nullable
    String next() throws IOException {
        StringBuilder line = new StringBuilder();
        boolean any = false;
        while (at < end || fill()) {
            if (!any) {
                any = true;
                number++;
            }
            int from = at;
            while (at < end && chars[at] != '\n') {
                at++;
            }
            line.append(chars, from, at - from);
            if (line.length() > MOST) {
                throw file.bad(number, "the line has more than %d characters".formatted(MOST));
            }
            if (at < end) {
                at++;
                break;
            }
        }
        if (!any) {
            return null;
        }
        int length = line.length();
        if (length > 0 && line.charAt(length - 1) == '\r') {
            line.setLength(length - 1);
        }
        return line.toString();
    }

    private boolean fill() throws IOException {
        at = 0;
        end = Math.max(0, reader.read(chars, 0, chars.length));
        return end > 0;
    }

    @Override
    public void close() throws IOException {
        reader.close();
    }
}
