package io.tenfold.jobstate;

import io.quarkus.hibernate.orm.panache.PanacheRepositoryBase;
import io.tenfold.job.JobEvent;
import io.tenfold.job.JobFacts;
import io.tenfold.job.JobState;
import io.tenfold.job.TraceContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.persistence.Query;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The SQL over jobs that needs a lock, a fence or the database's clock. It is SQL that H2 and PostgreSQL both take. Every
 * method runs in the caller's transaction.
 */
@ApplicationScoped
public class JobRows implements PanacheRepositoryBase<JobRow, String> {

    private static final int INTAKE_SLOTS = 32;

    /** The columns of {@link JobFacts} of a job {@code j}. */
    static final String FACTS = "j.method, j.submittedAt, j.device, j.traceparent, j.tracestate";

    /** The database's time, a number of milliseconds later. */
    private static final String LATER = "CURRENT_TIMESTAMP + CAST(:ms AS BIGINT) * INTERVAL '0.001' SECOND";

    private static final String SECONDS_AGO = "CURRENT_TIMESTAMP - CAST(:s AS BIGINT) * INTERVAL '1' SECOND";

    /** Seconds since the running attempt was last counted. */
    private static final String UNCOUNTED = "GREATEST(0, COALESCE(CAST(EXTRACT(EPOCH FROM CURRENT_TIMESTAMP)"
            + " - EXTRACT(EPOCH FROM counted_until) AS DOUBLE PRECISION), 0))";

    private static final String COUNTED =
            "device_seconds = device_seconds + " + UNCOUNTED + ", counted_until = CURRENT_TIMESTAMP";

    private static final String ENDED = ", lease_until = NULL, wish = NULL, ended_at = CURRENT_TIMESTAMP";

    /** Holds the id for this transaction: requests and commands for it come one after another. */
    void takeTurn(String id) {
        getEntityManager()
                .createNativeQuery("SELECT slot FROM intake_slot WHERE slot = :slot FOR UPDATE")
                .setParameter("slot", Math.floorMod(id.hashCode(), INTAKE_SLOTS))
                .getResultList();
    }

    /** The job, locked for this transaction. */
    Optional<JobRow> locked(String id) {
        return one(getEntityManager()
                .createNativeQuery("SELECT * FROM job WHERE id = :id FOR UPDATE", JobRow.class)
                .setParameter("id", id));
    }

    /** Where a job stands; empty: there is none. */
    Optional<JobState> stateOf(String id) {
        return getEntityManager()
                .createQuery("select j.state from JobRow j where j.id = :id", String.class)
                .setParameter("id", id)
                .getResultStream()
                .findFirst()
                .map(JobState::ofWire);
    }

    /** How many jobs run before one of that priority that comes now. */
    long queuedAhead(int priority) {
        return count("state = ?1 and priority >= ?2", JobState.QUEUED.wire(), priority);
    }

    /** Adds a job with its lane in the relay. */
    void add(JobRow row) {
        persist(row);
        flush();
        getEntityManager()
                .createNativeQuery("INSERT INTO relay_lane (job_id) VALUES (:id)")
                .setParameter("id", row.id)
                .executeUpdate();
    }

    /** Notes when a job that was refused ended: at once. */
    void end(String id) {
        getEntityManager()
                .createNativeQuery("UPDATE job SET ended_at = CURRENT_TIMESTAMP WHERE id = :id")
                .setParameter("id", id)
                .executeUpdate();
    }

    /** Gives the locked job to a worker: the next fence, a fresh lease. */
    void begin(JobRow row, String worker, int deaths, Duration lease) {
        getEntityManager()
                .createNativeQuery(
                        "UPDATE job SET state = 'running', fence = fence + 1, owner = :owner, deaths = :deaths,"
                                + " counted_until = CURRENT_TIMESTAMP, lease_until = " + LATER + " WHERE id = :id")
                .setParameter("owner", worker)
                .setParameter("deaths", deaths)
                .setParameter("ms", lease.toMillis())
                .setParameter("id", row.id)
                .executeUpdate();
    }

    /** Renews a lease, also one that ran out but was not taken; false when the fence is no longer the job's. */
    boolean renew(String id, int fence, Duration lease) {
        return getEntityManager()
                        .createNativeQuery("UPDATE job SET " + COUNTED + ", lease_until = " + LATER
                                + " WHERE id = :id AND fence = :fence AND state = 'running'")
                        .setParameter("ms", lease.toMillis())
                        .setParameter("id", id)
                        .setParameter("fence", fence)
                        .executeUpdate()
                == 1;
    }

    /** Adds what the running attempt held its device since that was last counted. */
    void count(String id, int fence) {
        getEntityManager()
                .createNativeQuery(
                        "UPDATE job SET " + COUNTED + " WHERE id = :id AND fence = :fence AND state = 'running'")
                .setParameter("id", id)
                .setParameter("fence", fence)
                .executeUpdate();
    }

    /** What a running attempt is asked; empty when the fence is no longer the job's. */
    Optional<Wish> wish(String id, int fence) {
        List<?> found = getEntityManager()
                .createNativeQuery(
                        "SELECT COALESCE(wish, '') FROM job WHERE id = :id AND fence = :fence AND state = 'running'")
                .setParameter("id", id)
                .setParameter("fence", fence)
                .getResultList();
        return found.stream().findFirst().map(wish -> Wish.ofWire((String) wish));
    }

    /** Notes what the attempt that runs should do; null takes it back. */
    void ask(String id, @Nullable Wish wish) {
        update("wish = ?1 where id = ?2", wish == null ? null : wish.wire(), id);
    }

    /** A paused job waits again. */
    void requeue(String id) {
        update("state = ?1 where id = ?2 and state = ?3", JobState.QUEUED.wire(), id, JobState.PAUSED.wire());
    }

    /**
     * Moves a job by one event, if the fence, the number before and the state are still what the writer knows.
     *
     * @param seq the event's number
     * @return false: another attempt has begun, or the job has ended
     */
    boolean advance(String id, int fence, JobState from, long seq, JobEvent event) {
        boolean stays = from == JobState.RUNNING && event.state() == JobState.RUNNING;
        if (!stays && !from.next().contains(event.state())) {
            throw new IllegalArgumentException(
                    "a job that is %s can't have the event %s".formatted(from, event.kind()));
        }
        Query update = getEntityManager()
                .createNativeQuery("UPDATE job SET last_seq = :seq, state = :state" + columns(event)
                        + " WHERE id = :id AND fence = :fence AND state = :from AND last_seq = :before")
                .setParameter("seq", seq)
                .setParameter("state", event.state().wire())
                .setParameter("id", id)
                .setParameter("fence", fence)
                .setParameter("from", from.wire())
                .setParameter("before", seq - 1);
        if (event instanceof JobEvent.Checkpoint checkpoint) {
            update.setParameter("step", checkpoint.step()).setParameter("uri", checkpoint.uri());
        } else if (event instanceof JobEvent.Started started) {
            update.setParameter("device", started.device());
        }
        return update.executeUpdate() == 1;
    }

    /** What is known of those jobs. */
    Map<String, JobFacts> facts(Collection<String> ids) {
        Map<String, JobFacts> facts = new HashMap<>();
        getEntityManager()
                .createQuery("select j.id, " + FACTS + " from JobRow j where j.id in :ids", Object[].class)
                .setParameter("ids", ids)
                .getResultList()
                .forEach(row -> facts.put((String) row[0], facts(row, 1)));
        return facts;
    }

    /** What {@link #FACTS} selected, from that column on. */
    static JobFacts facts(Object[] row, int first) {
        return new JobFacts(
                (String) row[first],
                (Instant) row[first + 1],
                (String) row[first + 2],
                TraceContext.of((String) row[first + 3], (String) row[first + 4]));
    }

    /** Removes jobs that ended that long ago and commands that waited that long; says how many jobs. */
    int forget(Duration jobs, Duration commands) {
        getEntityManager()
                .createNativeQuery("DELETE FROM waiting_command WHERE given_at < " + SECONDS_AGO)
                .setParameter("s", commands.toSeconds())
                .executeUpdate();
        return getEntityManager()
                .createNativeQuery("DELETE FROM job WHERE ended_at < " + SECONDS_AGO
                        + " AND NOT EXISTS (SELECT 1 FROM job_event e WHERE e.job_id = job.id AND NOT e.published)")
                .setParameter("s", jobs.toSeconds())
                .executeUpdate();
    }

    private static String columns(JobEvent event) {
        return switch (event) {
            case JobEvent.Accepted e -> "";
            case JobEvent.Rejected e -> "";
            case JobEvent.Started e -> ", device = :device, started_at = COALESCE(started_at, CURRENT_TIMESTAMP)";
            case JobEvent.DataReport e -> "";
            case JobEvent.Evaluated e -> "";
            case JobEvent.Progress e -> ", progress_seq = :seq";
            case JobEvent.Checkpoint e -> ", checkpoint_step = :step, checkpoint_uri = :uri, deaths = 0";
            case JobEvent.HandedOver e -> ", owner = NULL, lease_until = NULL";
            case JobEvent.Paused e -> ", owner = NULL, lease_until = NULL, wish = NULL";
            case JobEvent.Succeeded e -> ENDED;
            case JobEvent.Failed e -> ENDED;
            case JobEvent.Cancelled e -> ENDED;
        };
    }

    private static Optional<JobRow> one(Query query) {
        List<?> found = query.getResultList();
        return found.stream().map(JobRow.class::cast).findFirst();
    }
}
