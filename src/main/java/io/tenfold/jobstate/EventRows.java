package io.tenfold.jobstate;

import io.quarkus.hibernate.orm.panache.PanacheRepositoryBase;
import io.tenfold.job.EventRecord;
import io.tenfold.job.JobEvent;
import io.tenfold.job.JobTold;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Event;
import jakarta.inject.Inject;
import java.time.Instant;
import java.util.Collection;
import java.util.List;

/** Events of all jobs, in the order in which they happened. */
@ApplicationScoped
public class EventRows implements PanacheRepositoryBase<EventRow, EventRow.Key> {

    @Inject
    CostConfig cost;

    @Inject
    Event<JobTold> told;

    /**
     * Adds an event to the outbox, a job's last one with what the job cost; the state it brings is written beside it in the
     * same transaction.
     */
    void add(String jobId, int attempt, long seq, JobEvent happened) {
        Object[] job = getEntityManager()
                .createQuery(
                        "select " + JobRows.FACTS + ", j.deviceSeconds from JobRow j where j.id = :id", Object[].class)
                .setParameter("id", jobId)
                .getSingleResult();
        JobEvent event = happened.with(cost.spent((Double) job[5]));
        EventRow row = new EventRow();
        row.key = new EventRow.Key(jobId, seq);
        row.attempt = attempt;
        row.kind = event.kind();
        row.data = EventJson.own(event);
        persist(row);
        told.fire(new JobTold(new EventRecord(jobId, seq, attempt, Instant.now(), event), JobRows.facts(job, 0)));
    }

    /** Whether that attempt wrote an event of that kind under that number. */
    boolean has(String jobId, long seq, int attempt, String kind) {
        return count("key.jobId = ?1 and key.seq = ?2 and attempt = ?3 and kind = ?4", jobId, seq, attempt, kind) > 0;
    }

    /** Events of a job after a number, in order. */
    List<EventRow> after(String jobId, long seq, int limit) {
        return find("key.jobId = ?1 and key.seq > ?2 order by key.seq", jobId, seq)
                .page(0, limit)
                .list();
    }

    /** Of each job the newest progress event and the newest event at all. */
    List<EventRow> newest(Collection<String> jobIds) {
        return jobIds.isEmpty()
                ? List.of()
                : find(
                                "select e from EventRow e join JobRow j on j.id = e.key.jobId"
                                        + " where j.id in ?1 and (e.key.seq = j.progressSeq or e.key.seq = j.lastSeq)",
                                jobIds)
                        .list();
    }

    /** Unpublished events of these jobs, each job's in order and no job's more than its share of {@code limit}. */
    List<EventRow> toPublish(Collection<String> jobIds, int limit) {
        List<?> found = getEntityManager()
                .createNativeQuery(
                        "SELECT * FROM (SELECT e.*, ROW_NUMBER() OVER (PARTITION BY e.job_id ORDER BY e.seq) AS place"
                                + " FROM job_event e WHERE e.job_id IN (:ids) AND NOT e.published) waiting"
                                + " WHERE place <= :share ORDER BY job_id, seq",
                        EventRow.class)
                .setParameter("ids", jobIds)
                .setParameter("share", Math.max(1, limit / jobIds.size()))
                .getResultList();
        return found.stream().map(EventRow.class::cast).toList();
    }

    /**
     * Jobs with unpublished events, those of the oldest such events first. By job and not by event: one whose next event
     * nobody takes must not hide the others behind its many later ones.
     */
    List<String> jobsToPublish(int jobs) {
        return getEntityManager()
                .createQuery(
                        "select e.key.jobId from EventRow e where e.published = false"
                                + " group by e.key.jobId order by min(e.writtenAt), e.key.jobId",
                        String.class)
                .setMaxResults(jobs)
                .getResultList();
    }

    /** Those of the jobs that no other relay has in hand; they are this transaction's until it ends. */
    List<String> lockLanes(Collection<String> jobIds) {
        List<?> found = getEntityManager()
                .createNativeQuery("SELECT job_id FROM relay_lane WHERE job_id IN (:ids) FOR UPDATE SKIP LOCKED")
                .setParameter("ids", jobIds)
                .getResultList();
        return found.stream().map(String.class::cast).toList();
    }
}
