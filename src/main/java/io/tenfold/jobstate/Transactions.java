package io.tenfold.jobstate;

import io.quarkus.narayana.jta.QuarkusTransaction;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import jakarta.enterprise.context.ApplicationScoped;
import java.sql.SQLException;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/** Runs work in a transaction of its own and tells an outage of the database from a mistake. */
@ApplicationScoped
public class Transactions {

    /** SQLSTATE classes that say the statement is wrong, not the database away: data, constraint, syntax. */
    private static final Set<String> MISTAKES = Set.of("22", "23", "42");

    /** SQLSTATE of a row whose key is there already. */
    private static final String DUPLICATE_KEY = "23505";

    /** How often work starts again when another transaction inserted the same key or held a lock too long. */
    private static final int TRIES = 3;

    /**
     * Runs the work and commits.
     *
     * @throws JobException {@code unavailable} when the database does not answer
     */
    <T> T run(Callable<T> work) {
        for (int attempt = 1; ; attempt++) {
            try {
                return QuarkusTransaction.requiringNew().call(work);
            } catch (RuntimeException e) {
                if (attempt < TRIES && lostARace(e)) {
                    continue;
                }
                throw asOutage(e);
            }
        }
    }

    /** Likewise, for work without a result. */
    void run(Runnable work) {
        run(() -> {
            work.run();
            return true;
        });
    }

    private static RuntimeException asOutage(RuntimeException e) {
        SQLException cause = sqlCause(e);
        boolean transactionBroke = e.getClass().getName().contains("QuarkusTransactionException") && cause == null;
        if (transactionBroke || (cause != null && !MISTAKES.contains(stateClass(cause)))) {
            return new JobException(
                    ErrorCode.UNAVAILABLE,
                    null,
                    "the database does not answer (%s); it is tried again"
                            .formatted(cause == null ? e.getMessage() : cause.getMessage()),
                    e);
        }
        return e;
    }

    private static boolean lostARace(Throwable e) {
        SQLException cause = sqlCause(e);
        return cause != null
                && (DUPLICATE_KEY.equals(cause.getSQLState())
                        || "40".equals(stateClass(cause))
                        || "HY".equals(stateClass(cause)));
    }

    private static @Nullable SQLException sqlCause(Throwable e) {
        for (Throwable t = e; t != null; t = t.getCause()) {
            if (t instanceof SQLException sql) {
                return sql;
            }
            for (Throwable suppressed : t.getSuppressed()) {
                if (suppressed instanceof SQLException sql) {
                    return sql;
                }
            }
        }
        return null;
    }

    private static String stateClass(SQLException e) {
        String state = e.getSQLState();
        return state == null || state.length() < 2 ? "" : state.substring(0, 2);
    }
}
