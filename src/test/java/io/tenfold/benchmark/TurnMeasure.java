package io.tenfold.benchmark;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tenfold.jobstate.TurnSql;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;

/** How long it takes to find the row whose turn it is: along the index, and by one statement that sorts, in turn. */
final class TurnMeasure {

    private TurnMeasure() {}

    static ObjectNode on(DataSource database, int rounds) throws SQLException {
        List<Long> byIndex = new ArrayList<>();
        List<Long> bySort = new ArrayList<>();
        ObjectNode found = JsonNodeFactory.instance.objectNode();
        try (var connection = database.getConnection();
                var count = connection.prepareStatement("SELECT count(*) FROM job WHERE state = 'queued'");
                var first = connection.prepareStatement(TurnSql.first(4));
                var lock = connection.prepareStatement(TurnSql.lock());
                var sort = connection.prepareStatement(TurnSql.BY_SORT + TurnSql.ONE)) {
            connection.setAutoCommit(false);
            for (int i = 0; i < rounds; i++) {
                long begin = System.nanoTime();
                lock.setString(1, text(first));
                text(lock);
                byIndex.add(System.nanoTime() - begin);
                connection.rollback();
                begin = System.nanoTime();
                text(sort);
                bySort.add(System.nanoTime() - begin);
                connection.rollback();
            }
            found.put("rows_queued", Long.parseLong(text(count)));
            connection.rollback();
        }
        put(found, "by_index", byIndex);
        put(found, "by_sort", bySort);
        return found;
    }

    private static void put(ObjectNode found, String name, List<Long> nanos) {
        nanos.sort(null);
        found.put(name + "_p50_ms", CapacityMeasure.millis(nanos, 0.5));
        found.put(name + "_p95_ms", CapacityMeasure.millis(nanos, 0.95));
    }

    private static String text(PreparedStatement statement) throws SQLException {
        try (ResultSet row = statement.executeQuery()) {
            if (!row.next()) {
                throw new IllegalStateException("no row");
            }
            return row.getString(1);
        }
    }
}
