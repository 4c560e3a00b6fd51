package io.tenfold.jobstate;

import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Whose turn it is: of the jobs that wait, and of those whose worker is gone, the one with the highest priority, among equals the
 * oldest. The first few are read along an index and then locked one by one: a statement that does both sorts all rows that
 * wait, and H2 locks whatever it has looked at. Runs in the caller's transaction.
 */
@ApplicationScoped
public class Turns {

    private static final String SILENT =
            "state = 'running' AND lease_until < CURRENT_TIMESTAMP - CAST(:ms AS BIGINT) * INTERVAL '0.001' SECOND";

    /** The state is one and the same in each half; H2 reads an index in its order only if it is named here as well. */
    private static final String FIRST = "(SELECT id, priority, submitted_at FROM job WHERE %s"
            + " ORDER BY state, priority DESC, submitted_at FETCH FIRST %d ROWS ONLY)";

    static final String LOCKED =
            "SELECT * FROM job WHERE id = :id AND (state = 'queued' OR " + SILENT + ") FOR UPDATE SKIP LOCKED";

    /** Enough where few claim at once; each further look sees four times as many. */
    private static final int FIRST_LOOK = 4;

    private static final int FURTHER = 4;

    private final JobRows jobs;

    Turns(JobRows jobs) {
        this.jobs = jobs;
    }

    /**
     * The job whose turn it is, locked for this transaction; what others have locked is passed over.
     *
     * @param grace how long ago the lease of a job must have run out
     */
    Optional<JobRow> next(Duration grace) {
        Set<String> tried = new HashSet<>();
        for (int look = FIRST_LOOK; ; look *= FURTHER) {
            List<String> seen = first(look, grace);
            for (String id : seen) {
                Optional<JobRow> row = tried.add(id) ? locked(id, grace) : Optional.empty();
                if (row.isPresent()) {
                    return row;
                }
            }
            if (seen.size() < look) {
                return Optional.empty();
            }
        }
    }

    private List<String> first(int look, Duration grace) {
        List<?> found = jobs.getEntityManager()
                .createNativeQuery(firstInOrder(look))
                .setParameter("ms", grace.toMillis())
                .getResultList();
        return found.stream().map(String.class::cast).toList();
    }

    /** The number stands in the text, since a plan made for any number would sort. */
    static String firstInOrder(int look) {
        return "SELECT id FROM (%s UNION ALL %s) turn ORDER BY priority DESC, submitted_at FETCH FIRST %d ROWS ONLY"
                .formatted(FIRST.formatted("state = 'queued'", look), FIRST.formatted(SILENT, look), look);
    }

    private Optional<JobRow> locked(String id, Duration grace) {
        List<?> found = jobs.getEntityManager()
                .createNativeQuery(LOCKED, JobRow.class)
                .setParameter("id", id)
                .setParameter("ms", grace.toMillis())
                .getResultList();
        return found.stream().map(JobRow.class::cast).findFirst();
    }
}
