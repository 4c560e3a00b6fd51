package io.tenfold.storage;

import io.minio.MinioClient;
import io.minio.credentials.AwsEnvironmentProvider;
import io.minio.credentials.IamAwsProvider;
import io.minio.credentials.Provider;
import io.minio.credentials.StaticProvider;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import java.util.Map;
import java.util.concurrent.Executors;
import okhttp3.Dispatcher;
import okhttp3.OkHttpClient;
import org.jspecify.annotations.Nullable;

/** The one configured S3 store; its client is made when it is first needed, for without S3 there is none to make. */
final class S3Store {

    private final StorageConfig config;
    private final Cache cache;
    private final Retries retries;
    private @Nullable MinioClient client;

    S3Store(StorageConfig config, Cache cache, Retries retries) {
        this.config = config;
        this.cache = cache;
        this.retries = retries;
    }

    Source at(Location.S3 where) {
        String endpoint = endpoint(where, where.text());
        return new S3Source(
                client(where, endpoint), where, endpoint, config.s3().partSize().asLongValue(), cache, retries);
    }

    /**
     * Credentials are not asked for: a gateway, which takes requests and trains nothing, has none.
     *
     * @throws JobException BAD_REQUEST naming the keys to set when no store is configured
     */
    void check(Location.S3 where, String param) {
        endpoint(where, param);
    }

    private String endpoint(Location.S3 where, String param) {
        return config.s3()
                .endpoint()
                .orElseThrow(() -> new JobException(
                        ErrorCode.BAD_REQUEST,
                        param,
                        "%s is in S3, and no S3 store is configured; set tenfold.storage.s3.endpoint, tenfold.storage.s3.access-key and tenfold.storage.s3.secret-key, or use file:"
                                .formatted(where.text())));
    }

    private Provider credentials(Location.S3 where) {
        String access = config.s3().accessKey().orElse(null);
        String secret = config.s3().secretKey().orElse(null);
        if (access != null && secret != null) {
            return new StaticProvider(access, secret, null);
        }
        Map<String, String> environment = System.getenv();
        if (access == null && secret == null && environment.containsKey("AWS_ACCESS_KEY_ID")) {
            return new AwsEnvironmentProvider();
        }
        if (access == null
                && secret == null
                && (environment.containsKey("AWS_WEB_IDENTITY_TOKEN_FILE")
                        || environment.containsKey("AWS_CONTAINER_CREDENTIALS_FULL_URI")
                        || environment.containsKey("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"))) {
            return new IamAwsProvider(null, null);
        }
        throw new JobException(
                ErrorCode.BAD_REQUEST,
                where.text(),
                "%s needs credentials; set tenfold.storage.s3.%s"
                        .formatted(
                                where.text(),
                                access != null
                                        ? "secret-key too"
                                        : secret != null
                                                ? "access-key too"
                                                : "access-key and tenfold.storage.s3.secret-key"));
    }

    private synchronized MinioClient client(Location.S3 where, String endpoint) {
        MinioClient made = client;
        if (made != null) {
            return made;
        }
        try {
            made = MinioClient.builder()
                    .endpoint(endpoint)
                    .region(config.s3().region())
                    .credentialsProvider(credentials(where))
                    .httpClient(http())
                    .build();
        } catch (IllegalArgumentException e) {
            throw new JobException(
                    ErrorCode.BAD_REQUEST,
                    where.text(),
                    "tenfold.storage.s3.endpoint is '%s': %s; write http://host:port or https://host"
                            .formatted(endpoint, e.getMessage()),
                    e);
        }
        if (config.s3().pathStyle()) {
            made.disableVirtualStyleEndpoint();
        } else {
            made.enableVirtualStyleEndpoint();
        }
        client = made;
        return made;
    }

    /** Its threads are daemons: a command that is done must not wait for idle connections. */
    private OkHttpClient http() {
        return new OkHttpClient.Builder()
                .dispatcher(new Dispatcher(Executors.newCachedThreadPool(
                        Thread.ofPlatform().daemon().name("s3-", 0).factory())))
                .connectTimeout(config.connectTimeout())
                .readTimeout(config.readTimeout())
                .writeTimeout(config.readTimeout())
                .build();
    }
}
