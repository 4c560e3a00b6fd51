package io.tenfold.jobstate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import org.junit.jupiter.api.Test;

@QuarkusTest
@TestProfile(Databases.OnPostgresql.class)
class TurnsOnPostgresqlTest extends TurnsContract {

    private static final int MANY = 5_000;

    /** As many rows wait as have ended, and a few run. */
    @Test
    void aLongQueueIsReadAlongAnIndexAndNeverSorted() throws JsonProcessingException {
        change(
                "INSERT INTO job (id, state, priority, method, request, request_sha256, fence, deaths, last_seq, lease_until)"
                        + " SELECT 'job-' || n, CASE WHEN n % 100 = 0 THEN 'running' WHEN n % 2 = 0 THEN 'queued' ELSE 'succeeded' END,"
                        + " n % 3, 'lora', '{}', '', 0, 0, 0, CASE WHEN n % 100 = 0 THEN CURRENT_TIMESTAMP + INTERVAL '1' HOUR END"
                        + " FROM generate_series(1, " + 2 * MANY + ") n");
        change("ANALYZE job");
        assertEquals(4, mostRows(TurnSql.first(4)));
        double sorted = mostRows(TurnSql.BY_SORT + TurnSql.ONE);
        assertTrue(sorted > MANY / 2, () -> "the plain statement reads no more than " + sorted);
    }

    /** The rows of that part of the statement's plan that handled the most, when it was run. */
    private double mostRows(String sql) throws JsonProcessingException {
        String plan = transactions.run(() -> rows.getEntityManager()
                .createNativeQuery("EXPLAIN (ANALYZE, FORMAT JSON) " + sql)
                .getSingleResult()
                .toString());
        return JsonMapper.builder().build().readTree(plan).findParents("Actual Rows").stream()
                .mapToDouble(part -> part.path("Actual Rows").asDouble()
                        + part.path("Rows Removed by Filter").asDouble())
                .max()
                .orElseThrow(() -> new AssertionError(plan));
    }
}
