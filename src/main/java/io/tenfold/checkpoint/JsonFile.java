package io.tenfold.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Reads a model's small JSON files, whoever made them. */
public final class JsonFile {

    /** The largest index of shards known has a tenth of this; a tree takes ten times as much memory as its text. */
    private static final long MAX_BYTES = 10_000_000;

    private static final ObjectMapper JSON = new ObjectMapper();

    private JsonFile() {}

    /**
     * The file's JSON.
     *
     * @throws JobException bad_model when it is larger than a file of its kind can be
     * @throws IOException when it can't be read, or is not JSON
     */
    public static JsonNode read(Path file) throws IOException {
        long bytes = Files.size(file);
        if (bytes > MAX_BYTES) {
            throw new JobException(
                    ErrorCode.BAD_MODEL,
                    "model",
                    "%s has %d bytes; no such file needs more than %d, so it is not what its name says"
                            .formatted(file.getFileName(), bytes, MAX_BYTES));
        }
        return JSON.readTree(file.toFile());
    }
}
