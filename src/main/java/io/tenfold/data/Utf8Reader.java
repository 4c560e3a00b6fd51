package io.tenfold.data;

import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;

/** The characters of a UTF-8 file, strictly: a byte that does not fit ends the reading with its line and offset. A leading BOM is left out. */
final class Utf8Reader extends Reader {

    private final DataFile file;
    private final InputStream in;
    private final CharsetDecoder decoder = StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT);
    private final ByteBuffer bytes = ByteBuffer.allocate(1 << 16).limit(0);
    private long taken;
    private boolean ended;
    private boolean begun;

    private Utf8Reader(DataFile file, InputStream in) {
        this.file = file;
        this.in = in;
    }

    /** @throws JobException BAD_DATA when the file is missing, empty, or begins like a file that is not text */
    static Utf8Reader open(DataFile file) {
        try {
            checkStart(file);
            return new Utf8Reader(file, Files.newInputStream(file.path()));
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    /** What a failure to read becomes. */
    static JobException unreadable(DataFile file, Exception e) {
        String what = e instanceof NoSuchFileException ? "there is no such file" : "can't be read: " + e;
        return new JobException(ErrorCode.BAD_DATA, file.param(), file.location() + ": " + what, e);
    }

    private static void checkStart(DataFile file) throws IOException {
        byte[] start;
        try (InputStream in = Files.newInputStream(file.path())) {
            start = in.readNBytes(4);
        }
        if (start.length == 0) {
            throw file.bad("the file is empty (0 bytes)");
        }
        int first = start.length < 2 ? -1 : (start[0] & 0xFF) << 8 | (start[1] & 0xFF);
        switch (first) {
            case 0xFFFE, 0xFEFF -> throw file.bad("the file is UTF-16; save it as UTF-8 (iconv -f utf-16 -t utf-8)");
            case 0x1F8B -> throw file.bad("the file is gzip; unpack it first (gunzip)");
            case 0x504B -> throw file.bad("the file is a zip archive or a spreadsheet; save it as CSV in UTF-8");
            default -> {}
        }
    }

    @Override
    public int read(char[] target, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        CharBuffer chars = CharBuffer.wrap(target, offset, length);
        int from = chars.position();
        while (true) {
            CoderResult result = decoder.decode(bytes, chars, ended);
            if (result.isError()) {
                throw malformed(taken + bytes.position());
            }
            if (!begun && chars.position() > from) {
                begun = true;
                if (target[offset] == '\uFEFF') {
                    System.arraycopy(target, offset + 1, target, offset, chars.position() - from - 1);
                    chars.position(chars.position() - 1);
                }
            }
            if (chars.position() > from) {
                return chars.position() - from;
            }
            if (result.isOverflow()) {
                throw new IOException("no room for a surrogate pair in %d chars".formatted(length));
            }
            if (ended) {
                return -1;
            }
            fill();
        }
    }

    private void fill() throws IOException {
        taken += bytes.position();
        bytes.compact();
        int count = in.read(bytes.array(), bytes.position(), bytes.remaining());
        if (count < 0) {
            ended = true;
        } else {
            bytes.position(bytes.position() + count);
        }
        bytes.flip();
    }

    /** Reads the file once more up to the offset, to say in which line it lies. */
    private JobException malformed(long offset) throws IOException {
        long line = 1;
        int last = 0;
        int current;
        try (InputStream again = new BufferedInputStream(Files.newInputStream(file.path()))) {
            for (long at = 0; at < offset; at++) {
                current = again.read();
                if (current == '\n' || last == '\r') {
                    line++;
                }
                last = current;
            }
            current = again.read();
        }
        return file.bad(
                line,
                ("byte 0x%02X at offset %d is not UTF-8; the file may be Latin-1 or Windows-1252; convert it"
                                + " (iconv -f windows-1252 -t utf-8)")
                        .formatted(current, offset));
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
