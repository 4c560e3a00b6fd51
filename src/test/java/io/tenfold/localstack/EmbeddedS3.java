package io.tenfold.localstack;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.auth.AuthenticationType;
import org.gaul.s3proxy.nio2blob.FilesystemNio2BlobStore;

/**
 * A real S3 server in this process, on loopback, with its objects in a folder; for {@code demo}, {@code up} and the tests.
 * Refuses wrong secrets; knows multipart uploads, ranges and {@code If-None-Match: *}; has no tags and no versions.
 */
public final class EmbeddedS3 implements AutoCloseable {

    private final FilesystemNio2BlobStore blobs;
    private final S3Proxy server;
    private final String accessKey;
    private final String secretKey;

    /**
     * Starts the server; what an earlier one left in the folder is there again.
     *
     * @param directory where objects lie; created when missing
     * @param port 0 picks a free one
     */
    public EmbeddedS3(Path directory, int port, String accessKey, String secretKey) {
        this.accessKey = accessKey;
        this.secretKey = secretKey;
        try {
            Files.createDirectories(directory);
            blobs = new FilesystemNio2BlobStore(directory.toRealPath().toString());
            server = S3Proxy.builder()
                    .blobStore(blobs)
                    // S3Proxy takes port 0 for "no endpoint of this kind".
                    .endpoint(URI.create("http://127.0.0.1:" + (port == 0 ? Ports.free() : port)))
                    .awsAuthentication(AuthenticationType.AWS_V2_OR_V4, accessKey, secretKey)
                    .ignoreUnknownHeaders(true)
                    .build();
            server.start();
        } catch (Exception e) {
            throw new IllegalStateException("the S3 server did not start on port %d".formatted(port), e);
        }
    }

    /** Such as {@code http://127.0.0.1:9000}. */
    public String endpoint() {
        return "http://127.0.0.1:" + server.getPort();
    }

    public String accessKey() {
        return accessKey;
    }

    public String secretKey() {
        return secretKey;
    }

    /** Makes those of the buckets that are missing. */
    public void createBuckets(String... names) {
        for (String name : names) {
            if (!blobs.containerExists(name)) {
                blobs.createContainer(name);
            }
        }
    }

    @Override
    public void close() {
        try {
            server.stop();
        } catch (Exception e) {
            throw new IllegalStateException("the S3 server did not stop", e);
        }
    }
}
