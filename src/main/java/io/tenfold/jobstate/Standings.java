package io.tenfold.jobstate;

import io.tenfold.job.JobDirectory.Standing;
import io.tenfold.job.JobState;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;

/** Counts what waits and runs, along indexes that hold nothing else. Runs in the caller's transaction. */
@ApplicationScoped
public class Standings {

    private static final String LIVE = "SELECT state, method, COUNT(*) FROM job"
            + " WHERE state IN ('queued', 'running', 'paused') GROUP BY state, method";

    private static final String OVERDUE =
            "SELECT COUNT(*) FROM job WHERE state = 'running' AND lease_until < CURRENT_TIMESTAMP";

    private static final String UNPUBLISHED = "SELECT COUNT(*) FROM job_event WHERE published = FALSE";

    private final JobRows jobs;

    Standings(JobRows jobs) {
        this.jobs = jobs;
    }

    Standing now() {
        List<?> live = jobs.getEntityManager().createNativeQuery(LIVE).getResultList();
        return new Standing(
                live.stream().map(Object[].class::cast).map(Standings::count).toList(),
                secondsSince("MIN(submitted_at)", "job WHERE state = 'queued'"),
                number(OVERDUE),
                number(UNPUBLISHED),
                secondsSince("MIN(written_at)", "job_event WHERE published = FALSE"));
    }

    private static Standing.Count count(Object[] row) {
        return new Standing.Count(JobState.ofWire((String) row[0]), (String) row[1], ((Number) row[2]).longValue());
    }

    private long number(String sql) {
        return ((Number) jobs.getEntityManager().createNativeQuery(sql).getSingleResult()).longValue();
    }

    /** 0 where there is no such moment. */
    private double secondsSince(String moment, String where) {
        Object seconds = jobs.getEntityManager()
                .createNativeQuery(
                        "SELECT COALESCE(EXTRACT(EPOCH FROM CURRENT_TIMESTAMP) - EXTRACT(EPOCH FROM %s), 0) FROM %s"
                                .formatted(moment, where))
                .getSingleResult();
        return Math.max(0, ((Number) seconds).doubleValue());
    }
}
