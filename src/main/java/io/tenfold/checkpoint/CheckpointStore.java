package io.tenfold.checkpoint;

import io.tenfold.checkpoint.Manifest.FileEntry;
import io.tenfold.checkpoint.Manifest.Kind;
import io.tenfold.job.ArtifactStore;
import io.tenfold.job.CheckpointRef;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The checkpoints below an output: {@code <output>/checkpoints/step-<n>-attempt-<fence>/}, their manifest inside, last. */
public final class CheckpointStore {

    private static final String FOLDER = "checkpoints";
    private static final Pattern NAME = Pattern.compile("step-(\\d{1,18})-attempt-(\\d{1,9})/(.+)");

    private final ArtifactStore store;

    public CheckpointStore(ArtifactStore store) {
        this.store = store;
    }

    /** A checkpoint that lies complete in the store; {@code bytes} is the sum of its files' sizes. */
    public record Saved(CheckpointRef ref, int attempt, long bytes) {}

    /** A checkpoint's folder as a listing shows it. */
    private record Found(String uri, long step, int attempt, boolean complete, long bytes) {}

    /**
     * Uploads a local folder as the checkpoint of a step, its manifest last. One that lies there with the same content is
     * left as it is: it may be the only one.
     *
     * @throws JobException UNAVAILABLE when the store does not answer
     */
    public Saved save(String output, String jobId, String requestSha256, int fence, long step, Path folder) {
        String uri = uri(output, step, fence);
        long bytes = upload(uri, jobId, requestSha256, fence, folder);
        return new Saved(new CheckpointRef(step, uri), fence, bytes);
    }

    /**
     * Uploads what a finished stage left, to {@code <output>/checkpoints/stage-<n>-attempt-<fence>/}. It stays until {@link
     * #dropStages}.
     *
     * @return its location
     */
    public String keep(String output, String jobId, String requestSha256, int fence, int stage, Path folder) {
        String name = "stage-%d-attempt-%d".formatted(stage, fence);
        String uri = ArtifactStore.child(ArtifactStore.child(output, FOLDER), name);
        upload(uri, jobId, requestSha256, fence, folder);
        return uri;
    }

    /** Removes what all attempts have kept of stages. */
    public void dropStages(String output) {
        String folder = ArtifactStore.child(output, FOLDER);
        store.list(folder).stream()
                .map(entry -> entry.location().substring(folder.length() + 1))
                .map(name -> name.substring(0, Math.max(0, name.indexOf('/'))))
                .filter(name -> name.matches("stage-\\d{1,9}-attempt-\\d{1,9}"))
                .distinct()
                .forEach(name -> remove(ArtifactStore.child(folder, name)));
    }

    /** @return the sum of the files' sizes */
    private long upload(String uri, String jobId, String requestSha256, int fence, Path folder) {
        Manifest manifest = Manifest.of(Kind.CHECKPOINT, jobId, requestSha256, fence, folder);
        String location = ArtifactStore.child(uri, Manifest.NAME);
        Optional<byte[]> there = store.read(location);
        if (there.isPresent()) {
            if (holdsTheSame(there.get(), location, manifest)) {
                return manifest.totalBytes();
            }
            // Another job's that had this output before.
            remove(uri);
        }
        for (FileEntry file : manifest.files()) {
            store.put(ArtifactStore.child(uri, file.name()), folder.resolve(file.name()));
        }
        store.putIfAbsent(location, manifest.toJson());
        return manifest.totalBytes();
    }

    private static boolean holdsTheSame(byte[] json, String location, Manifest manifest) {
        try {
            Manifest there = Manifest.parse(json, location);
            return there.belongsTo(manifest.jobId(), manifest.requestSha256())
                    && there.files().equals(manifest.files());
        } catch (JobException e) {
            return false;
        }
    }

    /** Where the checkpoint of a step of an attempt lies. */
    public static String uri(String output, long step, int fence) {
        return ArtifactStore.child(ArtifactStore.child(output, FOLDER), "step-%d-attempt-%d".formatted(step, fence));
    }

    /**
     * Brings a checkpoint to a local folder and compares every file with the manifest. Past the cache: a checkpoint is
     * read once.
     *
     * @throws JobException BAD_MODEL for a checkpoint of another job or request, one without manifest, with a missing file
     *     or a wrong checksum
     */
    public Manifest fetch(String uri, String jobId, String requestSha256, Path target) {
        Manifest manifest = Manifest.read(store, uri)
                .orElseThrow(() -> new JobException(
                        ErrorCode.BAD_MODEL,
                        uri,
                        "%s is no complete checkpoint: it has no %s; name another one or start from the beginning"
                                .formatted(uri, Manifest.NAME)));
        if (manifest.kind() != Kind.CHECKPOINT) {
            throw new JobException(
                    ErrorCode.BAD_MODEL, uri, "%s holds an artifact; a checkpoint is needed here".formatted(uri));
        }
        if (!manifest.belongsTo(jobId, requestSha256)) {
            throw new JobException(
                    ErrorCode.BAD_MODEL,
                    uri,
                    "%s is a checkpoint of %s, not of this request; start from the beginning"
                            .formatted(
                                    uri,
                                    manifest.jobId().equals(jobId)
                                            ? "another request of this job"
                                            : "job " + manifest.jobId()));
        }
        for (FileEntry file : manifest.files()) {
            Path path = target.resolve(file.name());
            try {
                store.download(ArtifactStore.child(uri, file.name()), path);
            } catch (ArtifactStore.NotFoundException e) {
                throw new JobException(
                        ErrorCode.BAD_MODEL,
                        uri,
                        "%s is damaged: %s is missing; name another one or start from the beginning"
                                .formatted(uri, file.name()),
                        e);
            }
            Manifest.verify(file, path, uri);
        }
        return manifest;
    }

    /** The complete checkpoints below an output, the newest (highest attempt, then highest step) first. */
    public List<Saved> list(String output) {
        return find(output).stream()
                .filter(Found::complete)
                .map(found -> new Saved(new CheckpointRef(found.step(), found.uri()), found.attempt(), found.bytes()))
                .toList();
    }

    /**
     * Removes old checkpoints until {@code limit} are left, and what dead attempts left half-written.
     *
     * @param fence the caller's attempt; a later attempt's checkpoints are left alone
     * @param limit at least 1
     * @param keep URIs never removed, such as the best one's; the newest is never removed either. They count: with a limit
     *     of 2, the newest and the best are left.
     * @return the URIs removed
     */
    public List<String> prune(String output, int fence, int limit, Set<String> keep) {
        List<Found> all = find(output);
        List<Found> complete = all.stream().filter(Found::complete).toList();
        long kept = complete.stream()
                        .skip(1)
                        .filter(found -> keep.contains(found.uri()))
                        .count()
                + 1;
        List<String> removed = new ArrayList<>();
        for (Found found : complete.stream().skip(1).toList()) {
            if (keep.contains(found.uri()) || found.attempt() > fence) {
                continue;
            }
            if (kept < limit) {
                kept++;
            } else {
                removed.add(found.uri());
            }
        }
        all.stream()
                .filter(found -> !found.complete() && found.attempt() < fence)
                .forEach(found -> removed.add(found.uri()));
        removed.forEach(this::remove);
        return removed;
    }

    /** The manifest goes first: half a removal leaves an incomplete checkpoint, never a damaged one. */
    private void remove(String uri) {
        store.deleteAll(ArtifactStore.child(uri, Manifest.NAME));
        store.deleteAll(uri);
    }

    private List<Found> find(String output) {
        String folder = ArtifactStore.child(output, FOLDER);
        Map<String, Found> found = new LinkedHashMap<>();
        for (ArtifactStore.Entry entry : store.list(folder)) {
            Matcher name = NAME.matcher(entry.location().substring(folder.length() + 1));
            if (!name.matches()) {
                continue;
            }
            long step = Long.parseLong(name.group(1));
            int attempt = Integer.parseInt(name.group(2));
            boolean manifest = name.group(3).equals(Manifest.NAME);
            Found one = new Found(uri(output, step, attempt), step, attempt, manifest, manifest ? 0 : entry.bytes());
            found.merge(
                    one.uri(),
                    one,
                    (a, b) -> new Found(a.uri(), step, attempt, a.complete() || b.complete(), a.bytes() + b.bytes()));
        }
        return found.values().stream()
                .sorted(Comparator.comparingInt(Found::attempt)
                        .thenComparingLong(Found::step)
                        .reversed())
                .toList();
    }
}
