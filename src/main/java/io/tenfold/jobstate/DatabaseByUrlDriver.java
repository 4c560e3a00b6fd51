package io.tenfold.jobstate;

import java.sql.Connection;
import java.sql.Driver;
import java.sql.DriverPropertyInfo;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.util.List;
import java.util.Locale;
import java.util.Properties;
import java.util.ServiceLoader;
import java.util.logging.Logger;

/**
 * Hands each URL to H2's or PostgreSQL's driver. Quarkus settles the kind of database when it builds the program; with this
 * in between, one program serves both and the URL alone decides when it runs.
 */
public final class DatabaseByUrlDriver implements Driver {

    private static final String H2 = "jdbc:h2:";

    /** What makes H2 speak PostgreSQL's SQL; added to URLs that don't say it. */
    private static final String H2_AS_POSTGRESQL =
            ";MODE=PostgreSQL;DATABASE_TO_LOWER=TRUE;DEFAULT_NULL_ORDERING=HIGH;LOCK_TIMEOUT=10000";

    private final List<Driver> drivers =
            ServiceLoader.load(Driver.class, DatabaseByUrlDriver.class.getClassLoader()).stream()
                    .map(ServiceLoader.Provider::get)
                    .toList();

    @Override
    public Connection connect(String url, Properties info) throws SQLException {
        String full = complete(url);
        return driverFor(full).connect(full, info);
    }

    private static String complete(String url) {
        return url.startsWith(H2) && !url.toUpperCase(Locale.ROOT).contains(";MODE=") ? url + H2_AS_POSTGRESQL : url;
    }

    private Driver driverFor(String url) throws SQLException {
        for (Driver driver : drivers) {
            if (driver.acceptsURL(url)) {
                return driver;
            }
        }
        throw new SQLException(
                "%s is no database URL; give jdbc:postgresql://host/name or jdbc:h2:file:/path".formatted(url));
    }

    @Override
    public boolean acceptsURL(String url) throws SQLException {
        return driverFor(url).acceptsURL(url);
    }

    @Override
    public DriverPropertyInfo[] getPropertyInfo(String url, Properties info) throws SQLException {
        return driverFor(url).getPropertyInfo(url, info);
    }

    @Override
    public int getMajorVersion() {
        return 1;
    }

    @Override
    public int getMinorVersion() {
        return 0;
    }

    @Override
    public boolean jdbcCompliant() {
        return false;
    }

    @Override
    public Logger getParentLogger() throws SQLFeatureNotSupportedException {
        throw new SQLFeatureNotSupportedException("this driver logs nothing");
    }
}
