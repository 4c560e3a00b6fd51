package io.tenfold.data;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/** The rows of one split as token ids, with their labels or scores. Immutable; rows count from 0. */
public final class TokenizedSet {

    private final int[][] ids;
    private final int[][] types;
    private final int[][] marks;
    private final int[] labels;
    private final float[] scores;
    private final @Nullable List<Words> words;
    private final long[] lines;
    private final Targets targets;
    private final SplitReport report;
    private final Language language;

    /**
     * What a language model learns of rows.
     *
     * @param answers of each row, where the tokens that are trained on stand: first places and, exclusive, ends, in turns
     * @param rejected the same rows with the worse answers; null where there is one answer
     */
    record Language(int[][] answers, @Nullable TokenizedSet rejected) {
        static final Language NONE = new Language(new int[0][], null);
    }

    TokenizedSet(
            int[][] ids,
            int[][] types,
            int[][] marks,
            int[] labels,
            float[] scores,
            @Nullable List<Words> words,
            long[] lines,
            Targets targets,
            SplitReport report) {
        this(ids, types, marks, labels, scores, words, lines, targets, report, Language.NONE);
    }

    private TokenizedSet(
            int[][] ids,
            int[][] types,
            int[][] marks,
            int[] labels,
            float[] scores,
            @Nullable List<Words> words,
            long[] lines,
            Targets targets,
            SplitReport report,
            Language language) {
        this.language = language;
        this.ids = ids;
        this.types = types;
        this.marks = marks;
        this.labels = labels;
        this.scores = scores;
        this.words = words == null ? null : List.copyOf(words);
        this.lines = lines;
        this.targets = targets;
        this.report = report;
    }

    /** Rows to be labelled: without labels, lines or duplicates counted. */
    public static TokenizedSet unlabelled(List<EncodedRow> rows) {
        return unlabelled(rows, null);
    }

    /** Rows whose words are to be tagged, likewise. */
    public static TokenizedSet untagged(List<EncodedWords> rows) {
        return unlabelled(
                rows.stream().map(EncodedWords::row).toList(),
                rows.stream().map(row -> new Words(new int[0], row.places())).toList());
    }

    private static TokenizedSet unlabelled(List<EncodedRow> rows, @Nullable List<Words> words) {
        int[][] ids = rows.stream().map(EncodedRow::ids).toArray(int[][]::new);
        long tokens = Arrays.stream(ids).mapToLong(row -> row.length).sum();
        long truncated = rows.stream().filter(EncodedRow::truncated).count();
        return new TokenizedSet(
                ids,
                rows.stream().map(EncodedRow::types).toArray(int[][]::new),
                rows.stream().map(EncodedRow::marks).toArray(int[][]::new),
                new int[ids.length],
                new float[ids.length],
                words,
                LongStream.rangeClosed(1, ids.length).toArray(),
                new Targets.None(),
                new SplitReport(ids.length, tokens, truncated, 0, 0, 0, null, 0, null));
    }

    /**
     * Rows that were encoded before, such as those kept of an earlier task.
     *
     * @param labels class ids; zeros where {@code targets} are numbers
     * @param scores numbers; zeros where {@code targets} are classes
     */
    public static TokenizedSet of(int[][] ids, int[][] types, int[] labels, float[] scores, Targets targets) {
        long tokens = Arrays.stream(ids).mapToLong(row -> row.length).sum();
        return new TokenizedSet(
                ids,
                types,
                new int[ids.length][0],
                labels,
                scores,
                null,
                LongStream.rangeClosed(1, ids.length).toArray(),
                targets,
                new SplitReport(ids.length, tokens, 0, 0, 0, 0, null, 0, null));
    }

    /**
     * Rows of a language that were encoded before, likewise.
     *
     * @param answers of each row, as {@link #answers} gives them
     */
    public static TokenizedSet ofLanguage(int[][] ids, int[][] types, int[][] answers) {
        return of(ids, types, new int[ids.length], new float[ids.length], new Targets.Language())
                .with(new Language(answers, null));
    }

    /** Some of the rows, in this order; the report stays that of the whole split. */
    public TokenizedSet only(int[] rows) {
        int[] chosenLabels = Arrays.stream(rows).map(row -> labels[row]).toArray();
        float[] chosenScores = new float[rows.length];
        for (int i = 0; i < rows.length; i++) {
            chosenScores[i] = scores[rows[i]];
        }
        return new TokenizedSet(
                Arrays.stream(rows).mapToObj(row -> ids[row]).toArray(int[][]::new),
                Arrays.stream(rows).mapToObj(row -> types[row]).toArray(int[][]::new),
                Arrays.stream(rows).mapToObj(row -> marks[row]).toArray(int[][]::new),
                chosenLabels,
                chosenScores,
                words == null ? null : Arrays.stream(rows).mapToObj(words::get).toList(),
                Arrays.stream(rows).mapToLong(row -> lines[row]).toArray(),
                targets,
                report,
                only(language, rows));
    }

    private static Language only(Language language, int[] rows) {
        TokenizedSet rejected = language.rejected();
        return language.answers().length == 0
                ? language
                : new Language(
                        Arrays.stream(rows)
                                .mapToObj(row -> language.answers()[row])
                                .toArray(int[][]::new),
                        rejected == null ? null : rejected.only(rows));
    }

    /** The same rows for a language model. */
    TokenizedSet with(Language learnt) {
        return new TokenizedSet(ids, types, marks, labels, scores, words, lines, targets, report, learnt);
    }

    /**
     * These rows of texts and after them another set's, whose labels are read as 0; targets and report stay. Rows that a
     * language model learns from are put together with their like.
     */
    public TokenizedSet followedBy(TokenizedSet other) {
        boolean learnt = targets instanceof Targets.Language;
        if (words != null
                || other.words != null
                || learnt != (other.targets instanceof Targets.Language)
                || targets instanceof Targets.Preference) {
            throw new IllegalArgumentException("rows of words, or of different kinds, can't be put together");
        }
        int rows = size();
        int all = rows + other.size();
        int[][] bothIds = Arrays.copyOf(ids, all);
        int[][] bothTypes = Arrays.copyOf(types, all);
        int[][] bothMarks = Arrays.copyOf(marks, all);
        long[] bothLines = Arrays.copyOf(lines, all);
        System.arraycopy(other.ids, 0, bothIds, rows, other.size());
        System.arraycopy(other.types, 0, bothTypes, rows, other.size());
        System.arraycopy(other.marks, 0, bothMarks, rows, other.size());
        System.arraycopy(other.lines, 0, bothLines, rows, other.size());
        return new TokenizedSet(
                bothIds,
                bothTypes,
                bothMarks,
                Arrays.copyOf(labels, all),
                Arrays.copyOf(scores, all),
                null,
                bothLines,
                targets,
                report,
                learnt ? new Language(joined(language.answers(), other.language.answers()), null) : Language.NONE);
    }

    private static int[][] joined(int[][] first, int[][] second) {
        int[][] both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }

    /** The number of rows. */
    public int size() {
        return ids.length;
    }

    /** Token ids of a row, special tokens included. Not to be changed. */
    public int[] ids(int row) {
        return ids[row];
    }

    /** Token type ids (0 first text, 1 second) of a row, as many as {@link #ids}. Not to be changed. */
    public int[] types(int row) {
        return types[row];
    }

    /** What a method's encoder has noted of a row, see {@link EncodedRow#marks}. Not to be changed. */
    public int[] marks(int row) {
        return marks[row];
    }

    /** The class id of a row; only with {@link Targets.Classes}. */
    public int label(int row) {
        return labels[row];
    }

    /** The score of a row; only with {@link Targets.Numbers}. */
    public float score(int row) {
        return scores[row];
    }

    /**
     * The words of a row.
     *
     * @throws IllegalStateException for a set whose rows are texts
     */
    public Words words(int row) {
        if (words == null) {
            throw new IllegalStateException("the rows are texts, not words");
        }
        return words.get(row);
    }

    /** Whether the rows are words, each with a tag or to be tagged. */
    public boolean tagged() {
        return words != null;
    }

    /**
     * What a loss over these rows is divided by for a mean: counted words where words are tagged, trained tokens of a
     * language, else rows, as for preferences.
     */
    public long units(int... rows) {
        if (targets instanceof Targets.Language) {
            return Arrays.stream(rows).mapToLong(this::trained).sum();
        }
        return words == null
                ? rows.length
                : Arrays.stream(rows).mapToLong(row -> words(row).counted()).sum();
    }

    /**
     * Where the tokens of a row that a language model is trained on stand: first places, at least 1, and, exclusive, ends,
     * in turns. Not to be changed.
     */
    public int[] answers(int row) {
        return language.answers()[row];
    }

    /** The same tokens one by one. */
    IntStream trainedPlaces(int row) {
        int[] answers = answers(row);
        return IntStream.range(0, answers.length / 2)
                .flatMap(answer -> IntStream.range(answers[2 * answer], answers[2 * answer + 1]));
    }

    /** How many tokens of a row a language model is trained on. */
    public long trained(int row) {
        return trained(answers(row));
    }

    static long trained(int[] answers) {
        long tokens = 0;
        for (int i = 0; i < answers.length; i += 2) {
            tokens += answers[i + 1] - answers[i];
        }
        return tokens;
    }

    /** For each token of a row the id of the next one, {@link Words#UNCOUNTED} where that is not trained on. */
    int[] nextTokens(int row) {
        int[] next = new int[ids[row].length];
        Arrays.fill(next, Words.UNCOUNTED);
        int[] answers = answers(row);
        for (int i = 0; i < answers.length; i += 2) {
            System.arraycopy(ids[row], answers[i], next, answers[i] - 1, answers[i + 1] - answers[i]);
        }
        return next;
    }

    /**
     * The same rows, by the same numbers, with the worse answers.
     *
     * @throws IllegalStateException for a set without two answers
     */
    public TokenizedSet rejected() {
        TokenizedSet rejected = language.rejected();
        if (rejected == null) {
            throw new IllegalStateException("the rows have one answer each");
        }
        return rejected;
    }

    /**
     * The rows with the better answers, and after them as many with the worse ones.
     *
     * @throws IllegalStateException for a set without two answers
     */
    public TokenizedSet bothAnswers() {
        TokenizedSet worse = rejected();
        int rows = size();
        int[][] bothIds = Arrays.copyOf(ids, 2 * rows);
        int[][] bothTypes = Arrays.copyOf(types, 2 * rows);
        int[][] bothAnswers = Arrays.copyOf(language.answers(), 2 * rows);
        System.arraycopy(worse.ids, 0, bothIds, rows, rows);
        System.arraycopy(worse.types, 0, bothTypes, rows, rows);
        System.arraycopy(worse.language.answers(), 0, bothAnswers, rows, rows);
        return of(bothIds, bothTypes, new int[2 * rows], new float[2 * rows], targets)
                .with(new Language(bothAnswers, null));
    }

    /** How many tokens a row has; with two answers, those of both. */
    public int tokens(int row) {
        TokenizedSet rejected = language.rejected();
        return ids[row].length + (rejected == null ? 0 : rejected.ids[row].length);
    }

    /** Where the row stands in its file: a line number from 1; for Parquet a row number from 1. */
    public long line(int row) {
        return lines[row];
    }

    /** What the label column meant; class names are filled in. */
    public Targets targets() {
        return targets;
    }

    public SplitReport report() {
        return report;
    }
}
