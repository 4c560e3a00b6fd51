package io.tenfold.checkpoint;

import com.fasterxml.jackson.annotation.JsonValue;
import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import io.tenfold.job.ArtifactStore;
import io.tenfold.job.CanonicalJson;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What belongs to one artifact or checkpoint, written last: a folder with a manifest is complete, one without is not.
 *
 * @param format the layout of this JSON, 1
 * @param attempt the fence of the attempt that wrote the files
 * @param requestSha256 SHA-256 of the request's canonical JSON, hexadecimal
 * @param created RFC 3339, the writer's clock
 * @param files sorted by name
 */
@JsonNaming(SnakeCaseStrategy.class)
public record Manifest(
        int format, Kind kind, String jobId, String requestSha256, int attempt, String created, List<FileEntry> files) {

    /** The file's name, in an output and in a checkpoint. */
    public static final String NAME = "manifest.json";

    static final int FORMAT = 1;
    private static final Pattern ATTEMPT = Pattern.compile("(.+)/attempt-(\\d{1,9})");
    private static final ObjectMapper JSON =
            new ObjectMapper().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

    /** What the files are. */
    public enum Kind {
        ARTIFACT,
        CHECKPOINT;

        @JsonValue
        public String wire() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** One file; {@code name} is relative with slashes, {@code sha256} hexadecimal. */
    public record FileEntry(String name, long bytes, String sha256) {

        public FileEntry {
            if (name.isEmpty() || name.startsWith("/") || name.contains("\\") || leaves(name)) {
                throw new IllegalArgumentException("'%s' is not the name of a file below the folder".formatted(name));
            }
            if (bytes < 0 || sha256.length() != 2 * 32) {
                throw new IllegalArgumentException("'%s' has no size or no SHA-256".formatted(name));
            }
        }

        private static boolean leaves(String name) {
            return List.of(name.split("/", -1)).stream()
                    .anyMatch(part -> part.isEmpty() || part.equals(".") || part.equals(".."));
        }
    }

    /** An artifact's folder, and its manifest where there is one. */
    public record Resolved(String folder, @Nullable Manifest manifest) {}

    public Manifest {
        files = List.copyOf(files);
    }

    /** A manifest of the regular files below {@code folder}, created now. Reads every byte of them. */
    static Manifest of(Kind kind, String jobId, String requestSha256, int attempt, Path folder) {
        return new Manifest(
                FORMAT, kind, jobId, requestSha256, attempt, Instant.now().toString(), LocalFiles.entries(folder));
    }

    /** The sum of the sizes of the regular files below a folder. */
    public static long bytes(Path folder) {
        return LocalFiles.entries(folder).stream().mapToLong(FileEntry::bytes).sum();
    }

    /** Whether that request of that job wrote it. */
    boolean belongsTo(String job, String sha256) {
        return jobId.equals(job) && requestSha256.equals(sha256);
    }

    /** The sum of the files' sizes. */
    public long totalBytes() {
        return files.stream().mapToLong(FileEntry::bytes).sum();
    }

    /** Indented JSON in UTF-8 with a last newline. */
    public byte[] toJson() {
        try {
            return (JSON.writerWithDefaultPrettyPrinter().writeValueAsString(this) + "\n")
                    .getBytes(StandardCharsets.UTF_8);
        } catch (JacksonException e) {
            throw new IllegalStateException("a manifest is always JSON", e);
        }
    }

    /** SHA-256 of {@link #toJson()}, hexadecimal; of the stored bytes where this program wrote them. */
    public String sha256() {
        return CanonicalJson.sha256(toJson());
    }

    /**
     * Reads a manifest.
     *
     * @param location for messages
     * @throws JobException BAD_MODEL for bytes that are not a manifest, or one that names files outside its folder
     */
    public static Manifest parse(byte[] json, String location) {
        Manifest manifest;
        try {
            manifest = JSON.readValue(json, Manifest.class);
        } catch (IOException e) {
            throw new JobException(
                    ErrorCode.BAD_MODEL, location, "%s is not a manifest: %s".formatted(location, reason(e)), e);
        }
        if (manifest == null || manifest.format() != FORMAT) {
            throw new JobException(
                    ErrorCode.BAD_MODEL,
                    location,
                    "%s has format %s; this version reads format %d"
                            .formatted(location, manifest == null ? "null" : manifest.format(), FORMAT));
        }
        return manifest;
    }

    private static String reason(IOException e) {
        return e instanceof JacksonException json ? json.getOriginalMessage() : String.valueOf(e.getMessage());
    }

    /** The manifest in a folder of the store; empty where there is none. */
    public static Optional<Manifest> read(ArtifactStore store, String folder) {
        String location = ArtifactStore.child(folder, NAME);
        return store.read(location).map(bytes -> parse(bytes, location));
    }

    /**
     * Where the files of an artifact lie. {@code uri} may be an output (its manifest names the attempt), an attempt's own
     * folder (its manifest lies above it), or any flat folder, which then has no manifest.
     */
    public static Resolved resolve(ArtifactStore store, String uri) {
        String folder = uri.endsWith("/") ? uri.substring(0, uri.length() - 1) : uri;
        Optional<Manifest> own = read(store, folder);
        if (own.isPresent()) {
            Manifest manifest = own.get();
            return new Resolved(
                    manifest.kind() == Kind.ARTIFACT ? attemptFolder(folder, manifest.attempt()) : folder, manifest);
        }
        Matcher attempt = ATTEMPT.matcher(folder);
        if (attempt.matches()) {
            Manifest above = read(store, attempt.group(1)).orElse(null);
            if (above != null && above.attempt() == Integer.parseInt(attempt.group(2))) {
                return new Resolved(folder, above);
            }
        }
        return new Resolved(folder, null);
    }

    /** The folder of one attempt below an output. */
    static String attemptFolder(String output, int attempt) {
        return ArtifactStore.child(output, "attempt-" + attempt);
    }

    /**
     * Compares those of this manifest's files that lie in a local folder with their sizes and checksums.
     *
     * @param location what the folder's owner calls it, for messages
     * @throws JobException BAD_MODEL naming the first file that differs
     */
    public void verify(Path folder, String location) {
        for (FileEntry file : files) {
            Path path = folder.resolve(file.name());
            if (Files.exists(path)) {
                verify(file, path, location);
            }
        }
    }

    static void verify(FileEntry file, Path path, String location) {
        try {
            long bytes = Files.size(path);
            if (bytes != file.bytes()) {
                throw damaged(location, file, "%,d bytes, its manifest says %,d".formatted(bytes, file.bytes()));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        String sha256 = HexFormat.of().formatHex(LocalFiles.sha256(path));
        if (!sha256.equals(file.sha256())) {
            throw damaged(location, file, "SHA-256 %s, its manifest says %s".formatted(sha256, file.sha256()));
        }
    }

    private static JobException damaged(String location, FileEntry file, String what) {
        String whole = ArtifactStore.child(location, file.name());
        return new JobException(
                ErrorCode.BAD_MODEL,
                location,
                "%s is damaged: it has %s; restore it or use another one".formatted(whole, what));
    }
}
