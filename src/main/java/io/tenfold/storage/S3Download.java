package io.tenfold.storage;

import io.minio.GetObjectArgs;
import io.minio.GetObjectResponse;
import io.minio.MinioClient;
import io.minio.errors.ErrorResponseException;
import io.minio.errors.MinioException;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.GeneralSecurityException;
import java.util.regex.Pattern;

/** Brings one version of an object, going on where a broken connection left off. */
final class S3Download {

    /** Of an object uploaded in one piece and not encrypted with a key of the customer's: its MD5. */
    private static final Pattern MD5 = Pattern.compile("[0-9a-f]{32}");

    private final MinioClient client;
    private final Location.S3 where;
    private final S3Errors errors;
    private final Retries retries;
    private boolean customersKey;

    S3Download(MinioClient client, Location.S3 where, S3Errors errors, Retries retries) {
        this.client = client;
        this.where = where;
        this.errors = errors;
        this.retries = retries;
    }

    /**
     * @param path holds nothing, or the beginning
     * @throws JobException UNAVAILABLE when the object changes meanwhile or comes damaged
     */
    void to(Path path, String etag, long bytes) {
        retries.call(
                "downloading " + where.text(),
                where.text(),
                () -> errors.call(where, () -> {
                    long have = Files.exists(path) ? Files.size(path) : 0;
                    if (have < bytes || have == 0) {
                        append(path, etag, have, bytes);
                    }
                    return verify(path, etag, bytes);
                }));
    }

    private void append(Path path, String etag, long have, long bytes)
            throws MinioException, IOException, GeneralSecurityException {
        GetObjectArgs.Builder args = GetObjectArgs.builder()
                .bucket(where.bucket())
                .object(where.key())
                .matchETag(etag);
        if (have > 0) {
            args.offset(have).length(bytes - have);
        }
        try (GetObjectResponse in = client.getObject(args.build())) {
            String encryption = in.headers().get("x-amz-server-side-encryption");
            customersKey = encryption != null && encryption.startsWith("aws:kms");
            LocalDisk.write(in, path, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (ErrorResponseException e) {
            if (S3Errors.preconditionFailed(e)) {
                throw new JobException(
                        ErrorCode.UNAVAILABLE,
                        where.text(),
                        "%s was replaced while it was read; try again".formatted(where.text()),
                        e);
            }
            throw e;
        }
    }

    /** A damaged file is thrown away, so that the next try begins anew. */
    private boolean verify(Path path, String etag, long bytes) throws IOException {
        long have = Files.size(path);
        if (have < bytes) {
            throw new IOException("%,d of %,d bytes came".formatted(have, bytes));
        }
        if (have > bytes || (comparable(etag) && !Digests.md5(path).equals(etag))) {
            Files.delete(path);
            throw new IOException("what came (%,d bytes) is not what was announced (%,d bytes, ETag %s)"
                    .formatted(have, bytes, etag));
        }
        return true;
    }

    private boolean comparable(String etag) {
        return !customersKey && MD5.matcher(etag).matches();
    }
}
