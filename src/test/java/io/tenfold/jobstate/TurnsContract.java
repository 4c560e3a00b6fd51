package io.tenfold.jobstate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tenfold.job.JobIntake;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Whose turn it is, held against one statement that sorts all rows. */
abstract class TurnsContract {

    private static final int ROWS = 400;
    private static final Duration GRACE = Duration.ofSeconds(30);

    @Inject
    JobIntake intake;

    @Inject
    Turns turns;

    @Inject
    JobRows rows;

    @Inject
    Transactions transactions;

    @BeforeEach
    void forgetEverything() {
        change("DELETE FROM job");
    }

    @Test
    void rowsOfAllKindsComeAsOneSortSays() {
        fill(new Random(7));
        List<String> sorted = sorted();
        assertTrue(sorted.size() > ROWS / 3, () -> "only " + sorted.size());
        List<String> taken = new ArrayList<>();
        for (Optional<String> next = take(); next.isPresent(); next = take()) {
            taken.add(next.get());
        }
        assertEquals(sorted, taken);
    }

    @Test
    void whatOthersHaveLockedIsPassedOver() {
        fill(new Random(8));
        List<String> together = new ArrayList<>();
        takeTogether(8, together);
        assertEquals(sorted().subList(0, 8), together);
    }

    @Test
    void aLeaseWithinItsGraceIsLeftAlone() {
        add("within", "running", 9, 0, "- INTERVAL '20' SECOND");
        add("waits", "queued", 0, 1, null);
        assertEquals(Optional.of("waits"), take());
        assertEquals(Optional.empty(), take());
    }

    /** Each claim in a transaction within the one before, so that all rows are locked at once. */
    private void takeTogether(int claims, List<String> taken) {
        if (claims > 0) {
            transactions.run(() -> {
                taken.add(turns.next(GRACE).orElseThrow().id);
                takeTogether(claims - 1, taken);
            });
        }
    }

    /** The next row, as a worker takes it. */
    private Optional<String> take() {
        return transactions.run(() -> {
            Optional<JobRow> next = turns.next(GRACE);
            next.ifPresent(row -> rows.begin(row, "w", 0, Duration.ofHours(1)));
            return next.map(row -> row.id);
        });
    }

    private List<String> sorted() {
        return transactions.run(() -> {
            Stream<?> found = rows.getEntityManager()
                    .createNativeQuery(TurnSql.BY_SORT, JobRow.class)
                    .getResultStream();
            return found.map(row -> ((JobRow) row).id).toList();
        });
    }

    /** Jobs in all states, in no order, of five priorities. */
    private void fill(Random draw) {
        List<Integer> moments = new ArrayList<>();
        for (int i = 0; i < ROWS; i++) {
            moments.add(i);
        }
        Collections.shuffle(moments, draw);
        for (int i = 0; i < ROWS; i++) {
            int priority = draw.nextInt(5) - 2;
            String id = "job-" + i;
            switch (draw.nextInt(5)) {
                case 0, 1 -> add(id, "queued", priority, moments.get(i), null);
                case 2 -> add(id, "running", priority, moments.get(i), "- INTERVAL '1' HOUR");
                case 3 -> add(id, "running", priority, moments.get(i), "+ INTERVAL '1' HOUR");
                default -> add(id, draw.nextBoolean() ? "paused" : "succeeded", priority, moments.get(i), null);
            }
        }
    }

    /** A row as if it had come a number of seconds after an early day. */
    private void add(String id, String state, int priority, int second, @Nullable String lease) {
        change(
                "INSERT INTO job (id, state, priority, method, request, request_sha256, fence, deaths, last_seq, lease_until,"
                        + " submitted_at) VALUES ('%s', '%s', %d, 'lora', '{}', '', 0, 0, 0, %s, TIMESTAMP WITH TIME ZONE '2026-01-01 00:00:00+00'"
                                .formatted(id, state, priority, lease == null ? "NULL" : "CURRENT_TIMESTAMP " + lease)
                        + " + INTERVAL '1' SECOND * " + second + ")");
    }

    void change(String sql) {
        transactions.run(() -> rows.getEntityManager().createNativeQuery(sql).executeUpdate());
    }
}
