package io.tenfold.data;

/** The token ids of one row of texts, special tokens included. */
public final class EncodedRow {

    private static final int[] NO_MARKS = {};

    private final int[] ids;
    private final int[] types;
    private final int[] marks;
    private final int untruncated;
    private final boolean truncated;

    EncodedRow(int[] ids, int[] types, int untruncated) {
        this(ids, types, NO_MARKS, untruncated, untruncated > ids.length);
    }

    private EncodedRow(int[] ids, int[] types, int[] marks, int untruncated, boolean truncated) {
        this.ids = ids;
        this.types = types;
        this.marks = marks;
        this.untruncated = untruncated;
        this.truncated = truncated;
    }

    /**
     * A row of a method's own encoder.
     *
     * @param types as many as {@code ids}
     * @param marks as {@link #marks}
     * @param untruncated as {@link #untruncated}
     */
    public static EncodedRow marked(int[] ids, int[] types, int[] marks, int untruncated, boolean truncated) {
        return new EncodedRow(ids, types, marks, untruncated, truncated);
    }

    /** Token ids. Not to be changed. */
    public int[] ids() {
        return ids;
    }

    /** Token type ids, as many: 0 for the first text, 1 for the second. Not to be changed. */
    public int[] types() {
        return types;
    }

    /**
     * What an encoder has to say about the row's tokens to the forward pass that it belongs to, and to nobody else: where a
     * mask stands, say. Empty where nothing is to be said. Not to be changed.
     */
    public int[] marks() {
        return marks;
    }

    /** How many tokens the row had before truncation. */
    public int untruncated() {
        return untruncated;
    }

    public boolean truncated() {
        return truncated;
    }
}
