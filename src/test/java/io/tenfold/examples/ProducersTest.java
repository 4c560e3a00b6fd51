package io.tenfold.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.tenfold.contract.Contract;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.StringWriter;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import javax.tools.ToolProvider;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProducersTest {

    private static final Path FOLDER = Path.of("examples/producers").toAbsolutePath();

    @TempDir
    Path compiled;

    @Test
    void theJavaProducerCompilesWithoutAWarningAndAsksForWhatTheContractTakes() throws Exception {
        try (URLClassLoader loader = compile()) {
            JsonNode request = Contract.json((String) method(loader, "request", String.class, String.class)
                    .invoke(null, "reviews-1", "s3://data/reviews"));
            assertEquals(List.of(), Contract.errors("request.schema.json", request));
            assertEquals("reviews-1", request.path("id").asText());
        }
    }

    @Test
    void theOutboxHoldsARequestIfItsReleaseIsCommittedAndIsEmptyWhenTheBrokerHasIt() throws Exception {
        try (URLClassLoader loader = compile();
                EmbeddedPostgres server = EmbeddedPostgres.builder().start();
                Connection database = server.getPostgresDatabase().getConnection()) {
            execute(database, Files.readString(FOLDER.resolve("java/outbox.sql")));
            execute(database, "CREATE TABLE data_release (name VARCHAR PRIMARY KEY, folder VARCHAR)");
            Method release = method(loader, "release", Connection.class, String.class, String.class);
            release.invoke(null, database, "one", "s3://data/one");
            assertInstanceOf(
                    SQLException.class,
                    assertThrows(
                                    InvocationTargetException.class,
                                    () -> release.invoke(null, database, "one", "s3://data/again"))
                            .getCause());
            assertEquals(1, count(database));
            try (MockProducer<String, String> broker =
                    new MockProducer<>(true, null, new StringSerializer(), new StringSerializer())) {
                Method publish = method(loader, "publishBatch", Connection.class, Producer.class);
                assertEquals(1, publish.invoke(null, database, broker));
                assertEquals(0, publish.invoke(null, database, broker));
                var record = broker.history().getFirst();
                assertEquals("tenfold.requests", record.topic());
                assertEquals("one", record.key());
                assertEquals(List.of(), Contract.errors("request.schema.json", Contract.json(record.value())));
            }
            assertEquals(0, count(database));
        }
    }

    @Test
    void debeziumReadsTheOutboxThatIsWritten() throws IOException {
        JsonNode connector = Contract.json(Files.readString(FOLDER.resolve("java/debezium-connector.json")))
                .path("config");
        String table = Files.readString(FOLDER.resolve("java/outbox.sql"));
        assertEquals("public.outbox", connector.path("table.include.list").asText());
        assertEquals(
                "tenfold.requests",
                connector.path("transforms.outbox.route.topic.replacement").asText());
        for (String setting : List.of(
                "transforms.outbox.table.field.event.id",
                "transforms.outbox.table.field.event.key",
                "transforms.outbox.table.field.event.payload",
                "transforms.outbox.route.by.field")) {
            String column = connector.path(setting).asText();
            assertFalse(column.isEmpty(), setting);
            assertTrue(table.contains("    " + column + " "), column);
        }
        assertTrue(Files.readString(FOLDER.resolve("java/TrainingRequests.java"))
                .contains("'"
                        + connector.path("transforms.outbox.route.topic.regex").asText() + "'"));
    }

    @Test
    void theCronJobsTemplateBecomesARequest() throws IOException {
        String filled = Files.readString(FOLDER.resolve("cronjob/request.json"))
                .replace("@newest@", "s3://data/support/train.csv")
                .replace("@id@", "support-0123");
        assertEquals(List.of(), Contract.errors("request.schema.json", Contract.json(filled)));
        assertFalse(filled.contains("@"));
    }

    private URLClassLoader compile() throws IOException {
        String kafkaClients = Path.of(URI.create(Producer.class
                        .getProtectionDomain()
                        .getCodeSource()
                        .getLocation()
                        .toString()))
                .toString();
        StringWriter words = new StringWriter();
        var compiler = ToolProvider.getSystemJavaCompiler();
        try (var files = compiler.getStandardFileManager(null, null, null)) {
            List<String> options = List.of(
                    "-Xlint:all,-processing,-classfile",
                    "-Werror",
                    "-proc:none",
                    "-d",
                    compiled.toString(),
                    "-cp",
                    kafkaClients);
            boolean right = compiler.getTask(
                            words,
                            files,
                            null,
                            options,
                            null,
                            files.getJavaFileObjects(FOLDER.resolve("java/TrainingRequests.java")))
                    .call();
            assertTrue(right, words.toString());
        }
        return new URLClassLoader(new URL[] {compiled.toUri().toURL()});
    }

    private static Method method(ClassLoader loader, String name, Class<?>... parameters)
            throws ReflectiveOperationException {
        Method method = loader.loadClass("TrainingRequests").getDeclaredMethod(name, parameters);
        method.setAccessible(true);
        return method;
    }

    private static void execute(Connection database, String sql) throws SQLException {
        try (var statement = database.createStatement()) {
            statement.execute(sql);
        }
    }

    private static int count(Connection database) throws SQLException {
        try (var statement = database.createStatement();
                ResultSet rows = statement.executeQuery("SELECT count(*) FROM outbox")) {
            rows.next();
            return rows.getInt(1);
        }
    }
}
