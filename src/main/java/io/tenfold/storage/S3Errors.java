package io.tenfold.storage;

import io.minio.errors.ErrorResponseException;
import io.minio.errors.InvalidResponseException;
import io.minio.errors.MinioException;
import io.minio.errors.ServerException;
import io.tenfold.job.ArtifactStore.NotFoundException;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.util.Set;

/** What the MinIO client's exceptions mean, in words with the location and the way out. */
final class S3Errors {

    private static final Set<String> FOR_NOW = Set.of(
            "SlowDown",
            "SlowDownRead",
            "SlowDownWrite",
            "ServiceUnavailable",
            "InternalError",
            "OperationAborted",
            "RequestTimeout",
            "ConditionalRequestConflict",
            "TooManyRequests",
            "XMinioServerNotInitialized");

    private final String endpoint;

    S3Errors(String endpoint) {
        this.endpoint = endpoint;
    }

    /** A call of the MinIO client. */
    @FunctionalInterface
    interface Call<T> {
        T run() throws MinioException, IOException, GeneralSecurityException;
    }

    /**
     * Calls, and sorts failures: {@link IOException} for those that may pass, {@link NotFoundException} and {@link
     * JobException} for those that won't.
     */
    <T> T call(Location.S3 where, Call<T> call) throws IOException {
        try {
            return call.run();
        } catch (ErrorResponseException e) {
            throw translate(where, e);
        } catch (ServerException e) {
            throw new IOException("%s answered %d".formatted(endpoint, e.statusCode()), e);
        } catch (InvalidResponseException e) {
            throw bad(
                    where, "what answers at %s is no S3 store; set tenfold.storage.s3.endpoint".formatted(endpoint), e);
        } catch (MinioException e) {
            throw new IOException(String.valueOf(e.getMessage()), e);
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw bad(where, String.valueOf(e.getMessage()), e);
        }
    }

    /** Whether a condition of the request ({@code If-None-Match}, {@code If-Match}) did not hold. */
    static boolean preconditionFailed(ErrorResponseException e) {
        return e.errorResponse().code().equals("PreconditionFailed")
                || e.response().code() == 412;
    }

    private RuntimeException translate(Location.S3 where, ErrorResponseException e) throws IOException {
        String code = String.valueOf(e.errorResponse().code());
        int status = e.response().code();
        if (FOR_NOW.contains(code) || (status >= 500 && status != 501) || status == 429) {
            throw new IOException("%s answered %d %s".formatted(endpoint, status, code), e);
        }
        return switch (code) {
            case "NoSuchKey", "ResourceNotFound" ->
                new NotFoundException("%s is not there (asked %s)".formatted(where.text(), endpoint));
            case "NoSuchBucket" ->
                bad(
                        where,
                        "%s: there is no bucket '%s' at %s; create it, or correct the location"
                                .formatted(where.text(), where.bucket(), endpoint),
                        e);
            case "InvalidAccessKeyId" ->
                bad(
                        where,
                        "%s: %s does not know the access key; set tenfold.storage.s3.access-key"
                                .formatted(where.text(), endpoint),
                        e);
            case "SignatureDoesNotMatch" ->
                bad(
                        where,
                        "%s: the secret key is not the access key's at %s; set tenfold.storage.s3.secret-key"
                                .formatted(where.text(), endpoint),
                        e);
            case "ExpiredToken", "InvalidToken" ->
                bad(where, "%s: %s refuses the session's token: it expired".formatted(where.text(), endpoint), e);
            case "RequestTimeTooSkewed" ->
                bad(where, "%s: this machine's clock is not %s's; set it".formatted(where.text(), endpoint), e);
            case "PermanentRedirect", "AuthorizationHeaderMalformed", "Redirect" ->
                bad(
                        where,
                        "%s: the bucket is in another region than configured (%s); set tenfold.storage.s3.region"
                                .formatted(where.text(), e.errorResponse().message()),
                        e);
            default -> other(where, code, status, e);
        };
    }

    private JobException other(Location.S3 where, String code, int status, ErrorResponseException e) {
        String message = status == 403
                ? "%s: %s denies the access key this (%s); it needs s3:GetObject and s3:ListBucket to read, s3:PutObject and s3:DeleteObject to write"
                        .formatted(where.text(), endpoint, code)
                : "%s: %s answered %d %s: %s"
                        .formatted(
                                where.text(),
                                endpoint,
                                status,
                                code,
                                e.errorResponse().message());
        return bad(where, message, e);
    }

    private static JobException bad(Location.S3 where, String message, Exception cause) {
        return new JobException(ErrorCode.BAD_REQUEST, where.text(), message, cause);
    }
}
