package io.tenfold.web;

import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import io.tenfold.localstack.EmbeddedKafka;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A gateway (intake and relay, no runner) on a real broker and a database in memory; one start for all tests of this room. */
public final class Gateway implements QuarkusTestResourceLifecycleManager {

    static final int LARGEST_REQUEST = 20_000;

    private @Nullable EmbeddedKafka kafka;
    private @Nullable Path folder;

    @Override
    public Map<String, String> start() {
        try {
            folder = Files.createTempDirectory("tenfold-gateway");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        kafka = EmbeddedKafka.start(folder.resolve("kafka"));
        Map<String, String> config = new HashMap<>();
        config.put("kafka.bootstrap.servers", kafka.bootstrap());
        config.put("quarkus.datasource.jdbc.url", "jdbc:h2:mem:gateway;DB_CLOSE_DELAY=-1");
        config.put("tenfold.roles", "intake,relay");
        config.put("tenfold.storage.cache-dir", folder.resolve("cache").toString());
        // Requests are checked without a connection, so the store need not be there.
        config.put("tenfold.storage.s3.endpoint", "http://127.0.0.1:9");
        config.put("tenfold.storage.s3.access-key", "nobody");
        config.put("tenfold.storage.s3.secret-key", "nothing");
        config.put("tenfold.web.max-request-size", String.valueOf(LARGEST_REQUEST));
        config.put("tenfold.web.row-wait", "PT20S");
        config.put("tenfold.web.event-poll-interval", "PT0.05S");
        config.put("tenfold.web.max-event-streams", "20");
        config.put("tenfold.web.keep-alive-interval", "PT0.5S");
        return config;
    }

    @Override
    public void stop() {
        if (kafka != null) {
            kafka.close();
        }
        if (folder != null) {
            try (Stream<Path> files = Files.walk(folder)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.deleteIfExists(file);
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
