package io.tenfold.localstack;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import org.h2.tools.Server;

/** H2 as a server on loopback in this process, so that several workers can share one database; its file survives a restart. */
public final class EmbeddedDatabase implements AutoCloseable {

    private static final String DATABASE = "tenfold";
    private static final String USER = "tenfold";

    private final Server server;

    private EmbeddedDatabase(Server server) {
        this.server = server;
    }

    /** Starts on any free port; the database is made when the first worker connects. */
    public static EmbeddedDatabase start(Path directory) {
        try {
            Files.createDirectories(directory);
            // H2 reads the address to listen on from nowhere else.
            System.setProperty("h2.bindAddress", "127.0.0.1");
            return new EmbeddedDatabase(Server.createTcpServer(
                            "-tcpPort",
                            "0",
                            "-ifNotExists",
                            "-baseDir",
                            directory.toRealPath().toString())
                    .start());
        } catch (Exception e) {
            throw new IllegalStateException("the embedded database did not start in " + directory, e);
        }
    }

    /**
     * For {@code quarkus.datasource.jdbc.url}. The database stays open until {@link #close()}: H2 would close it itself as soon as this
     * process is told to end, under workers that still hand over.
     */
    public String url() {
        return "jdbc:h2:tcp://127.0.0.1:" + server.getPort() + "/./" + DATABASE
                + ";DB_CLOSE_DELAY=-1;DB_CLOSE_ON_EXIT=FALSE";
    }

    /** Its user, and the user's password. */
    public String user() {
        return USER;
    }

    /** Returns when all is in the file, and the file is closed. */
    @Override
    public void close() throws SQLException {
        try (Connection connection = DriverManager.getConnection(url(), USER, USER);
                Statement statement = connection.createStatement()) {
            statement.execute("SHUTDOWN");
        } finally {
            server.stop();
        }
    }
}
