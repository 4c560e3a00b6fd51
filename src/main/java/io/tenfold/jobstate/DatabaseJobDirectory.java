package io.tenfold.jobstate;

import com.fasterxml.jackson.databind.JsonNode;
import io.tenfold.job.CloudEvent;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobDirectory;
import io.tenfold.job.JobException;
import io.tenfold.job.JobState;
import jakarta.enterprise.context.ApplicationScoped;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jspecify.annotations.Nullable;

/** The reading side, on rows. */
@ApplicationScoped
public class DatabaseJobDirectory implements JobDirectory {

    private final Transactions transactions;
    private final JobRows jobs;
    private final EventRows events;
    private final Standings standings;
    private final String deployment;

    DatabaseJobDirectory(
            Transactions transactions,
            JobRows jobs,
            EventRows events,
            Standings standings,
            @ConfigProperty(name = "tenfold.deployment", defaultValue = "tenfold") String deployment) {
        this.transactions = transactions;
        this.jobs = jobs;
        this.events = events;
        this.standings = standings;
        this.deployment = deployment;
    }

    @Override
    public Page list(Filter filter) {
        return transactions.run(() -> {
            List<JobRow> rows = rows(filter);
            boolean more = rows.size() > filter.limit();
            List<JobRow> shown = more ? rows.subList(0, filter.limit()) : rows;
            return new Page(
                    views(shown, false), more ? Position.of(shown.getLast()).text() : null);
        });
    }

    @Override
    public Optional<JobView> find(String jobId) {
        return transactions.run(() -> jobs.findByIdOptional(jobId)
                .map(row -> views(List.of(row), true).getFirst()));
    }

    @Override
    public Optional<JobState> state(String jobId) {
        return transactions.run(() -> jobs.stateOf(jobId));
    }

    @Override
    public List<CloudEvent> events(String jobId, long afterSeq, int limit) {
        return transactions.run(() -> events.after(jobId, afterSeq, limit).stream()
                .map(row -> EventJson.envelope(deployment, row))
                .toList());
    }

    @Override
    public Standing standing() {
        return transactions.run(standings::now);
    }

    /** One row more than the page holds, which tells whether there is another page. */
    private List<JobRow> rows(Filter filter) {
        List<String> conditions = new ArrayList<>();
        Map<String, Object> values = new HashMap<>();
        if (filter.state() != null) {
            conditions.add("state = :state");
            values.put("state", filter.state().wire());
        }
        if (filter.method() != null) {
            conditions.add("method = :method");
            values.put("method", filter.method());
        }
        if (filter.after() != null) {
            Position after = Position.parse(filter.after());
            conditions.add("(submittedAt < :at or (submittedAt = :at and id < :id))");
            values.put("at", after.submittedAt());
            values.put("id", after.id());
        }
        String where = conditions.isEmpty() ? "" : String.join(" and ", conditions) + " ";
        return jobs.find(where + "order by submittedAt desc, id desc", values)
                .page(0, filter.limit() + 1)
                .list();
    }

    /** Where a page ends. */
    private record Position(Instant submittedAt, String id) {

        static Position of(JobRow row) {
            return new Position(Objects.requireNonNull(row.submittedAt), row.id);
        }

        String text() {
            return Base64.getUrlEncoder()
                    .withoutPadding()
                    .encodeToString((submittedAt + " " + id).getBytes(StandardCharsets.UTF_8));
        }

        static Position parse(String text) {
            try {
                String[] parts = new String(Base64.getUrlDecoder().decode(text), StandardCharsets.UTF_8).split(" ", 2);
                return new Position(Instant.parse(parts[0]), parts[1]);
            } catch (IllegalArgumentException | DateTimeException | ArrayIndexOutOfBoundsException e) {
                throw new JobException(
                        ErrorCode.BAD_REQUEST,
                        "after",
                        "after is %s; give what the page before called next, or leave it out".formatted(text),
                        e);
            }
        }
    }

    private List<JobView> views(List<JobRow> rows, boolean withRequest) {
        var shown = events.newest(rows.stream().map(row -> row.id).toList()).stream()
                .collect(Collectors.toMap(row -> row.key, row -> row));
        return rows.stream()
                .map(row -> view(
                        row,
                        withRequest ? EventJson.parse(row.request()) : null,
                        row.progressSeq == null ? null : shown.get(new EventRow.Key(row.id, row.progressSeq)),
                        row.stateNow().terminal() ? shown.get(new EventRow.Key(row.id, row.lastSeq)) : null))
                .toList();
    }

    private JobView view(JobRow row, @Nullable JsonNode request, @Nullable EventRow progress, @Nullable EventRow end) {
        return new JobView(
                row.id,
                row.stateNow(),
                row.method,
                row.priority,
                row.fence,
                row.requestSha256,
                request,
                row.owner,
                Objects.requireNonNull(row.submittedAt),
                row.startedAt,
                row.endedAt,
                row.checkpointUri,
                dataOf(progress),
                dataOf(end));
    }

    private @Nullable JsonNode dataOf(@Nullable EventRow row) {
        return row == null ? null : EventJson.envelope(deployment, row).data();
    }
}
