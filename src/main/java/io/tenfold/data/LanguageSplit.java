package io.tenfold.data;

import io.tenfold.job.StopCheck;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Gathers rows with answers, tokenizing them some at a time. */
final class LanguageSplit {

    private static final int AT_ONCE = 256;
    private static final long MOST_CHARACTERS = 1_000_000;

    private final LanguagePreparation preparation;
    private final DataFile file;
    private final LanguageText.Maker maker;
    private final int endId;
    private final KeptRows kept;
    private final KeptRows rejected;
    private final List<int[]> answers = new ArrayList<>();
    private final List<int[]> rejectedAnswers = new ArrayList<>();
    private final List<LanguageText> waiting = new ArrayList<>();
    private long waitingCharacters;
    private boolean pairs;
    private long rows;
    private long unanswered;
    private long endless;
    private long conversations;

    LanguageSplit(LanguagePreparation preparation, DataFile file) {
        this.preparation = preparation;
        this.file = file;
        maker = new LanguageText.Maker(
                preparation, file, preparation.tokenizer().specialTokens());
        endId = preparation.tokenizer().endId();
        kept = new KeptRows(preparation.rows(), file);
        rejected = new KeptRows(preparation.rows(), file);
    }

    /** A row's tokens. */
    private record Encoded(EncodedRow row, int[] answers, LanguageText text) {}

    void add(LanguageRow row) {
        rows++;
        if (row instanceof LanguageRow.Pair(long line, LanguageRow chosen, LanguageRow worse)) {
            pairs = true;
            LanguageText better = maker.of(chosen, "preference");
            LanguageText other = maker.of(worse, "preference");
            if (better.text().equals(other.text())) {
                throw file.bad(line, "the chosen and the rejected answer are the same; leave the row out");
            }
            wait(better);
            wait(other);
        } else {
            wait(maker.of(row, "messages, conversations or instruction and output"));
        }
        if (waiting.size() >= AT_ONCE || waitingCharacters > MOST_CHARACTERS) {
            flush();
        }
    }

    private void wait(LanguageText text) {
        waiting.add(text);
        waitingCharacters += text.text().length();
    }

    private void flush() {
        StopCheck.ask();
        List<Encoded> encoded = encoded();
        for (int i = 0; i < encoded.size(); i += pairs ? 2 : 1) {
            if (pairs) {
                keep(encoded.get(i), encoded.get(i + 1));
            } else {
                keep(encoded.get(i));
            }
        }
        waiting.clear();
        waitingCharacters = 0;
    }

    private List<Encoded> encoded() {
        Encoded[] made = new Encoded[waiting.size()];
        for (boolean bare : new boolean[] {true, false}) {
            List<Integer> places = new ArrayList<>();
            List<String> texts = new ArrayList<>();
            for (int i = 0; i < made.length; i++) {
                if (waiting.get(i).bare() == bare) {
                    places.add(i);
                    texts.add(waiting.get(i).text());
                }
            }
            List<PlacedTokens> tokens =
                    texts.isEmpty() ? List.of() : preparation.tokenizer().place(texts, !bare);
            for (int i = 0; i < places.size(); i++) {
                made[places.get(i)] = encoded(waiting.get(places.get(i)), tokens.get(i));
            }
        }
        return Arrays.asList(made);
    }

    private Encoded encoded(LanguageText text, PlacedTokens tokens) {
        int[] ids = tokens.ids();
        int[] places = text.answers(tokens, endId);
        if (!text.bare() && (ids.length == 0 || ids[ids.length - 1] != endId)) {
            int end = ids.length;
            ids = Arrays.copyOf(ids, end + 1);
            ids[end] = endId;
            places = text.spans().length > 0 && end > 0 ? andLast(places, end) : places;
        }
        int length = Math.min(ids.length, preparation.rows().maxLength());
        return new Encoded(
                new EncodedRow(
                        Arrays.copyOf(ids, length), preparation.tokenizer().noTypes(length), ids.length),
                cut(places, length),
                text);
    }

    /** The answer's end is learnt, too. */
    private static int[] andLast(int[] places, int end) {
        boolean goesOn = places.length > 0 && places[places.length - 1] == end;
        int[] more = Arrays.copyOf(places, goesOn ? places.length : places.length + 2);
        if (!goesOn) {
            more[more.length - 2] = end;
        }
        more[more.length - 1] = end + 1;
        return more;
    }

    private static int[] cut(int[] places, int length) {
        int[] left = places.clone();
        int size = 0;
        while (size < left.length && left[size] < length) {
            left[size + 1] = Math.min(left[size + 1], length);
            size += 2;
        }
        return size == left.length ? left : Arrays.copyOf(left, size);
    }

    private void keep(Encoded row) {
        if (kept.fits(row.text().line(), row.row())) {
            if (row.answers().length == 0) {
                unanswered++;
            } else {
                add(kept, answers, row);
                conversations += row.text().bare() ? 1 : 0;
            }
        }
    }

    private void keep(Encoded better, Encoded worse) {
        Encoded longer = worse.row().untruncated() > better.row().untruncated() ? worse : better;
        if (kept.fits(longer.text().line(), longer.row())) {
            // Answers that differ beyond the cut alone are no pair any more.
            if (better.answers().length == 0
                    || worse.answers().length == 0
                    || Arrays.equals(better.row().ids(), worse.row().ids())) {
                unanswered++;
            } else {
                add(kept, answers, better);
                conversations += better.text().bare() ? 1 : 0;
                add(rejected, rejectedAnswers, worse);
            }
        }
    }

    private void add(KeptRows to, List<int[]> places, Encoded row) {
        LanguageText text = row.text();
        to.add(
                row.row(),
                text.line(),
                KeptRows.hash(text.text(), null),
                text.text().isBlank());
        places.add(row.answers());
        endless += text.endless();
    }

    /** The rows so far as a set; nothing may be added afterwards. */
    TokenizedSet build(LanguageShape.Kind shape) {
        if (!waiting.isEmpty()) {
            flush();
        }
        if (kept.size() == 0 && unanswered > 0) {
            throw file.bad(
                    "none of the %d rows has an answer to learn from within max_length %d tokens; give rows with answers, or raise max_length"
                            .formatted(rows, preparation.rows().maxLength()));
        }
        SplitReport.LanguageReport language = new SplitReport.LanguageReport(
                shape.wire(), trained(answers) + trained(rejectedAnswers), unanswered, endless, 0, conversations);
        SplitReport counted = kept.report(null);
        if (!pairs) {
            return set(kept, answers, new Targets.Language(), counted.withLanguage(language, 0), null);
        }
        Targets targets = new Targets.Preference();
        SplitReport worse = rejected.report(null);
        return set(
                kept,
                answers,
                targets,
                counted.withLanguage(language, worse.tokens()),
                set(rejected, rejectedAnswers, targets, worse, null));
    }

    private static long trained(List<int[]> places) {
        return places.stream().mapToLong(TokenizedSet::trained).sum();
    }

    static TokenizedSet set(
            KeptRows rows, List<int[]> places, Targets targets, SplitReport report, @Nullable TokenizedSet rejected) {
        return rows.set(new int[rows.size()], new float[rows.size()], null, targets, report)
                .with(new TokenizedSet.Language(places.toArray(int[][]::new), rejected));
    }
}
