package io.tenfold.storage;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Checksums of files and strings, hexadecimal. */
final class Digests {

    private static final int BUFFER = 1 << 20;

    private Digests() {}

    static String sha256(String text) {
        return HexFormat.of().formatHex(digest("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
    }

    static String sha256(Path file) throws IOException {
        return of(file, digest("SHA-256"));
    }

    static String md5(Path file) throws IOException {
        return of(file, digest("MD5"));
    }

    /** The name that Git gives a file's content: SHA-1 over a header with the size, then the bytes. */
    static String gitBlob(Path file) throws IOException {
        MessageDigest sha1 = digest("SHA-1");
        sha1.update("blob %d\0".formatted(Files.size(file)).getBytes(StandardCharsets.US_ASCII));
        return of(file, sha1);
    }

    private static String of(Path file, MessageDigest digest) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] buffer = new byte[BUFFER];
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                digest.update(buffer, 0, read);
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static MessageDigest digest(String algorithm) {
        try {
            return MessageDigest.getInstance(algorithm);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has " + algorithm, e);
        }
    }
}
