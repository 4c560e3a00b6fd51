package io.tenfold.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.tenfold.job.ArtifactStore;
import io.tenfold.job.CheckpointRef;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What earlier attempts left below an output. A system has this in its database; a job that runs alone reads it from the
 * files.
 *
 * @param nextFence one more than the highest attempt seen there
 * @param checkpoint the newest complete checkpoint of this very job; null when there is none
 */
record EarlierAttempts(int nextFence, @Nullable CheckpointRef checkpoint) {

    private static final Pattern ATTEMPT = Pattern.compile("(?:^|[/-])attempt-(\\d+)/");
    private static final Pattern CHECKPOINT =
            Pattern.compile("(.*/checkpoints/step-(\\d+)-attempt-\\d+)/manifest\\.json");

    /** Looks below an output for the attempts of the job with this id and request. */
    static EarlierAttempts in(ArtifactStore store, String output, String jobId, String requestHash) {
        int highest = 0;
        CheckpointRef newest = null;
        for (ArtifactStore.Entry entry : store.list(output)) {
            Matcher attempt = ATTEMPT.matcher(entry.location());
            while (attempt.find()) {
                highest = Math.max(highest, Integer.parseInt(attempt.group(1)));
            }
            Matcher found = CHECKPOINT.matcher(entry.location());
            if (found.matches() && belongsTo(store, entry.location(), jobId, requestHash)) {
                long step = Long.parseLong(found.group(2));
                if (newest == null || step > newest.step()) {
                    newest = new CheckpointRef(step, found.group(1));
                }
            }
        }
        return new EarlierAttempts(highest + 1, newest);
    }

    private static boolean belongsTo(ArtifactStore store, String manifest, String jobId, String requestHash) {
        return store.read(manifest)
                .map(EarlierAttempts::parse)
                .filter(node -> node.path("job_id").asText().equals(jobId)
                        && node.path("request_sha256").asText().equals(requestHash))
                .isPresent();
    }

    private static JsonNode parse(byte[] json) {
        try {
            return Json.MAPPER.readTree(json);
        } catch (IOException e) {
            throw new UncheckedIOException("a checkpoint's manifest is no JSON", e);
        }
    }
}
