package io.tenfold.data;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Words with their tags as the CoNLL tasks write them: a word a line, its columns separated by blanks (by tabs where the
 * line has one), the word in the first and the tag in the last; a blank line ends a sentence. {@code -DOCSTART-} lines are
 * skipped, and so are comments as CoNLL-U has them, {@code # name = value} before a sentence: any other line that begins
 * with {@code #} is a word.
 */
final class ConllRows {

    private static final Pattern TABS = Pattern.compile("\t");
    private static final Pattern BLANKS = Pattern.compile("[ \t]+");
    private static final Pattern COMMENT = Pattern.compile("# *\\w+ = .*");

    private final DataFile file;
    private final boolean tagged;
    private final Consumer<Sentence> sink;
    private List<String> tokens = new ArrayList<>();
    private List<String> tags = new ArrayList<>();
    private long start;
    private int columns;

    private ConllRows(DataFile file, boolean tagged, Consumer<Sentence> sink) {
        this.file = file;
        this.tagged = tagged;
        this.sink = sink;
    }

    /** @param columns tell whether tags are read; the names of columns play no part */
    static void read(DataFile file, Columns columns, Consumer<Sentence> sink) {
        new ConllRows(file, columns.label() != null, sink).read();
    }

    private void read() {
        try (TextLines lines = new TextLines(file)) {
            for (String line = lines.next(); line != null; line = lines.next()) {
                boolean first = tokens.isEmpty();
                if (line.isBlank()) {
                    end();
                } else if (!isSkipped(line, first)) {
                    start = first ? lines.number() : start;
                    add(lines.number(), line);
                }
            }
            end();
        } catch (IOException e) {
            throw Utf8Reader.unreadable(file, e);
        }
    }

    private static boolean isSkipped(String line, boolean first) {
        return first && (line.startsWith("-DOCSTART-") || COMMENT.matcher(line).matches());
    }

    private void add(long number, String line) {
        String[] fields = (line.indexOf('\t') >= 0 ? TABS : BLANKS).split(line.stripTrailing(), -1);
        if (columns == 0) {
            columns = fields.length;
        }
        if (tagged && fields.length < 2) {
            throw file.bad(number, "there is one column; a line is a word and, after a blank or tab, its tag");
        }
        if (fields.length != columns) {
            throw file.bad(
                    number,
                    "%d columns, but the lines before have %d; a word holds no blank unless tabs separate the columns"
                            .formatted(fields.length, columns));
        }
        if (fields[0].isEmpty()) {
            throw file.bad(number, "the first column, the word, is empty");
        }
        tokens.add(fields[0]);
        tags.add(fields[fields.length - 1]);
    }

    private void end() {
        if (!tokens.isEmpty()) {
            @Nullable List<String> known = tagged ? tags : null;
            sink.accept(new Sentence(tokens, known, start));
            tokens = new ArrayList<>();
            tags = new ArrayList<>();
        }
    }
}
