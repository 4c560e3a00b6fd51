package io.tenfold.checkpoint;

import io.tenfold.checkpoint.Manifest.FileEntry;
import io.tenfold.checkpoint.Manifest.Kind;
import io.tenfold.job.ArtifactStore;
import io.tenfold.job.CanonicalJson;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Publishes an artifact: the files of an attempt first, then the one manifest that makes them the output's, only if absent.
 * A reader that goes by the manifest never sees half an artifact, and a straggler can't touch the winner's files.
 */
public final class ArtifactPublisher {

    private final ArtifactStore store;

    public ArtifactPublisher(ArtifactStore store) {
        this.store = store;
    }

    /**
     * A published artifact.
     *
     * @param artifactUri the folder with the files, {@code <output>/attempt-<n>}
     * @param manifestSha256 of {@code <output>/manifest.json}, hexadecimal
     * @param bytes the sum of the files' sizes
     * @param adopted whether an earlier attempt of the same job had published it
     */
    public record Published(
            String artifactUri, String manifestSha256, long bytes, Manifest manifest, boolean adopted) {}

    /**
     * What the output holds already; for use before training, so that no hour is spent on an output that is taken.
     *
     * @return this job's own artifact, which then stands; empty when the output is free
     * @throws JobException CONFLICT when the output holds the artifact of another job, or of another request
     */
    public Optional<Published> find(String output, String jobId, String requestSha256) {
        String location = ArtifactStore.child(output, Manifest.NAME);
        return store.read(location).map(bytes -> adopt(output, location, bytes, jobId, requestSha256));
    }

    /**
     * Uploads the folder's files to {@code <output>/attempt-<fence>/} and publishes them.
     *
     * @param folder local; every regular file below it is part of the artifact
     * @param renewLease called after the last file and before the manifest; throws when the attempt lost its lease, and
     *     then nothing is published
     * @throws JobException CONFLICT as {@link #find}; UNAVAILABLE when the store does not answer
     */
    public Published publish(
            String output, String jobId, String requestSha256, int fence, Path folder, Runnable renewLease) {
        Optional<Published> earlier = find(output, jobId, requestSha256);
        if (earlier.isPresent()) {
            return earlier.get();
        }
        Manifest manifest = Manifest.of(Kind.ARTIFACT, jobId, requestSha256, fence, folder);
        String attempt = upload(output, fence, folder, manifest);
        renewLease.run();
        byte[] json = manifest.toJson();
        if (store.putIfAbsent(ArtifactStore.child(output, Manifest.NAME), json)) {
            return new Published(attempt, CanonicalJson.sha256(json), manifest.totalBytes(), manifest, false);
        }
        return find(output, jobId, requestSha256)
                .orElseThrow(() -> new JobException(
                        ErrorCode.CONFLICT,
                        "output",
                        "%s changed while this job published to it; choose another output".formatted(output)));
    }

    /**
     * Uploads the folder's files to {@code <output>/attempt-<fence>/} and publishes nothing.
     *
     * @param renewLease called before; throws when the attempt lost its lease
     * @return where they lie
     */
    public String keep(String output, int fence, Path folder, Runnable renewLease) {
        renewLease.run();
        return upload(output, fence, folder, Manifest.of(Kind.ARTIFACT, "", "", fence, folder));
    }

    private String upload(String output, int fence, Path folder, Manifest manifest) {
        String attempt = Manifest.attemptFolder(output, fence);
        removeStrangers(attempt, manifest);
        for (FileEntry file : manifest.files()) {
            store.put(ArtifactStore.child(attempt, file.name()), folder.resolve(file.name()));
        }
        return attempt;
    }

    /** Files that a dead run left under the same attempt number would otherwise lie beside this artifact's. */
    private void removeStrangers(String attempt, Manifest manifest) {
        Set<String> own = manifest.files().stream()
                .map(file -> ArtifactStore.child(attempt, file.name()))
                .collect(Collectors.toSet());
        for (ArtifactStore.Entry entry : store.list(attempt)) {
            if (!own.contains(entry.location())) {
                store.deleteAll(entry.location());
            }
        }
    }

    private static Published adopt(String output, String location, byte[] bytes, String jobId, String requestSha256) {
        Manifest manifest = Manifest.parse(bytes, location);
        if (!manifest.belongsTo(jobId, requestSha256)) {
            String holder =
                    manifest.jobId().equals(jobId) ? "another request of job " + jobId : "job " + manifest.jobId();
            throw new JobException(
                    ErrorCode.CONFLICT,
                    "output",
                    "%s already holds the artifact of %s; choose another output".formatted(output, holder));
        }
        return new Published(
                Manifest.attemptFolder(output, manifest.attempt()),
                CanonicalJson.sha256(bytes),
                manifest.totalBytes(),
                manifest,
                true);
    }
}
