package io.tenfold.jobstate;

/** The statements of a claim, and the one that they stand for, with a grace of 30 seconds. */
public final class TurnSql {

    private static final String GRACE = "30000";

    /** One statement that says whose turn it is, by sorting all rows that could be. */
    public static final String BY_SORT =
            "SELECT * FROM job WHERE state = 'queued' OR (state = 'running' AND lease_until < CURRENT_TIMESTAMP"
                    + " - INTERVAL '30' SECOND) ORDER BY priority DESC, submitted_at";

    public static final String ONE = " FETCH FIRST 1 ROWS ONLY FOR UPDATE SKIP LOCKED";

    private TurnSql() {}

    /** Ids of the first rows, along the index. */
    public static String first(int look) {
        return Turns.firstInOrder(look).replace(":ms", GRACE);
    }

    /** One row by its id, which is JDBC's parameter. */
    public static String lock() {
        return Turns.LOCKED.replace(":ms", GRACE).replace(":id", "?");
    }
}
