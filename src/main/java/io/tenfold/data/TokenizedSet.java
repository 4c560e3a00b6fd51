package io.tenfold.data;

/** The rows of one split as token ids, with their labels or scores. Immutable; rows count from 0. */
public final class TokenizedSet {

    private final int[][] ids;
    private final int[][] types;
    private final int[] labels;
    private final float[] scores;
    private final long[] lines;
    private final Targets targets;
    private final SplitReport report;

    TokenizedSet(
            int[][] ids,
            int[][] types,
            int[] labels,
            float[] scores,
            long[] lines,
            Targets targets,
            SplitReport report) {
        this.ids = ids;
        this.types = types;
        this.labels = labels;
        this.scores = scores;
        this.lines = lines;
        this.targets = targets;
        this.report = report;
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

    /** The class id of a row; only with {@link Targets.Classes}. */
    public int label(int row) {
        return labels[row];
    }

    /** The score of a row; only with {@link Targets.Numbers}. */
    public float score(int row) {
        return scores[row];
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
