package io.tenfold.storage;

import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import io.tenfold.localstack.EmbeddedS3;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** The real store, configured as the program's own configuration would. */
public final class TestStores {

    private TestStores() {}

    /** Only {@code file:} below one folder; the cache is beside it. */
    public static LocationStore files(Path root) {
        return new LocationStore(config(root.resolve(".cache"), Map.of("file-roots", root.toString())));
    }

    /** S3, and {@code file:} below the folder that also holds the cache. */
    public static LocationStore s3(EmbeddedS3 s3, Path root) {
        return new LocationStore(config(root.resolve(".cache"), keys(s3, root)));
    }

    static Map<String, String> keys(EmbeddedS3 s3, Path root) {
        return Map.of(
                "s3.endpoint", s3.endpoint(),
                "s3.access-key", s3.accessKey(),
                "s3.secret-key", s3.secretKey(),
                "file-roots", root.toString());
    }

    /** Keys without their prefix; whatever is left out has its default, but failures are given up after 5 s. */
    static StorageConfig config(Path cache, Map<String, String> keys) {
        Map<String, String> whole = new HashMap<>();
        whole.put("tenfold.storage.cache-dir", cache.toString());
        whole.put("tenfold.storage.retry-for", "PT5S");
        keys.forEach((key, value) -> whole.put("tenfold.storage." + key, value));
        return new SmallRyeConfigBuilder()
                .addDiscoveredConverters()
                .addDefaultInterceptors()
                .withMapping(StorageConfig.class)
                .withSources(new PropertiesConfigSource(whole, "test", 500))
                .build()
                .getConfigMapping(StorageConfig.class);
    }
}
