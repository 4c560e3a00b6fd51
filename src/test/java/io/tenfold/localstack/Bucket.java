package io.tenfold.localstack;

import io.minio.GetObjectArgs;
import io.minio.MinioClient;
import io.minio.PutObjectArgs;
import io.minio.UploadObjectArgs;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.stream.Stream;

/** Puts things into a bucket of the local S3, as a user's own tools would. */
public final class Bucket {

    private static final long ANY_PART_SIZE = -1;

    private final MinioClient client;
    private final String name;

    public Bucket(EmbeddedS3 s3, String name) {
        this.client = MinioClient.builder()
                .endpoint(s3.endpoint())
                .credentials(s3.accessKey(), s3.secretKey())
                .build();
        this.name = name;
    }

    /** Puts a text at a key. */
    public void put(String key, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        try {
            var written = client.putObject(PutObjectArgs.builder().bucket(name).object(key).stream(
                            new ByteArrayInputStream(bytes), (long) bytes.length, ANY_PART_SIZE)
                    .build());
            assert written != null;
        } catch (Exception e) {
            throw new IllegalStateException("s3://%s/%s can't be written".formatted(name, key), e);
        }
    }

    /** Brings the object at a key to a file. */
    void get(String key, Path file) {
        try (var object = client.getObject(
                GetObjectArgs.builder().bucket(name).object(key).build())) {
            Files.copy(object, file, StandardCopyOption.REPLACE_EXISTING);
        } catch (Exception e) {
            throw new IllegalStateException("s3://%s/%s can't be read".formatted(name, key), e);
        }
    }

    /** Puts every file of a folder below a key. */
    public void putFolder(String key, Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                var written = client.uploadObject(UploadObjectArgs.builder()
                        .bucket(name)
                        .object(key + "/" + file.getFileName())
                        .filename(file.toString())
                        .build());
                assert written != null;
            }
        } catch (Exception e) {
            throw new IllegalStateException("s3://%s/%s can't be written".formatted(name, key), e);
        }
    }
}
