package io.tenfold.data;

/** The token ids of one row of texts, special tokens included. */
public final class EncodedRow {

    private final int[] ids;
    private final int[] types;
    private final int untruncated;

    EncodedRow(int[] ids, int[] types, int untruncated) {
        this.ids = ids;
        this.types = types;
        this.untruncated = untruncated;
    }

    /** Token ids. Not to be changed. */
    public int[] ids() {
        return ids;
    }

    /** Token type ids, as many: 0 for the first text, 1 for the second. Not to be changed. */
    public int[] types() {
        return types;
    }

    /** How many tokens the row had before truncation. */
    public int untruncated() {
        return untruncated;
    }

    public boolean truncated() {
        return untruncated > ids.length;
    }
}
