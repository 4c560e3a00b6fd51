package io.tenfold.jobstate;

import io.tenfold.job.EventOutbox;
import io.tenfold.job.JobFacts;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/** The outbox, on rows: a locked lane per job keeps a job's events in one relay's hands. */
@ApplicationScoped
public class DatabaseEventOutbox implements EventOutbox {

    /** Events in one transaction: enough for a broker's batch, short enough to repeat after a crash. */
    private static final int BATCH = 500;

    private final Transactions transactions;
    private final JobRows jobs;
    private final EventRows events;
    private final String deployment;

    DatabaseEventOutbox(
            Transactions transactions,
            JobRows jobs,
            EventRows events,
            @ConfigProperty(name = "tenfold.deployment", defaultValue = "tenfold") String deployment) {
        this.transactions = transactions;
        this.jobs = jobs;
        this.events = events;
        this.deployment = deployment;
    }

    @Override
    public int publish(Publisher publisher) {
        return transactions.run(() -> {
            List<String> waiting = events.jobsToPublish(BATCH);
            List<String> mine = waiting.isEmpty() ? List.of() : events.lockLanes(waiting);
            if (mine.isEmpty()) {
                return 0;
            }
            List<List<EventRow>> stories = byJob(events.toPublish(mine, BATCH));
            return mark(stories, publisher.deliver(waiting(stories, mine)));
        });
    }

    private static List<List<EventRow>> byJob(List<EventRow> rows) {
        Map<String, List<EventRow>> stories = new LinkedHashMap<>();
        rows.forEach(row -> stories.computeIfAbsent(row.key.jobId(), id -> new ArrayList<>())
                .add(row));
        return List.copyOf(stories.values());
    }

    private List<List<Waiting>> waiting(List<List<EventRow>> stories, List<String> jobIds) {
        Map<String, JobFacts> facts = jobs.facts(jobIds);
        return stories.stream()
                .map(story -> story.stream()
                        .map(row -> new Waiting(
                                EventJson.envelope(deployment, row),
                                Objects.requireNonNull(facts.get(row.key.jobId()))))
                        .toList())
                .toList();
    }

    private static int mark(List<List<EventRow>> stories, List<Integer> delivered) {
        int marked = 0;
        for (int story = 0; story < stories.size(); story++) {
            for (EventRow row : stories.get(story).subList(0, delivered.get(story))) {
                row.published = true;
                marked++;
            }
        }
        return marked;
    }
}
