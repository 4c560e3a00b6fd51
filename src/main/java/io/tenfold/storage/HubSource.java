package io.tenfold.storage;

import io.tenfold.job.ArtifactStore.Entry;
import io.tenfold.job.ArtifactStore.NotFoundException;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import io.tenfold.storage.HubStore.Snapshot;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** A repository on the hub, a folder in it or a file in it; only read. */
final class HubSource implements Source {

    private final HubStore store;
    private final Location.Hub where;
    private final Cache cache;

    HubSource(HubStore store, Location.Hub where, Cache cache) {
        this.store = store;
        this.where = where;
        this.cache = cache;
    }

    @Override
    public Path fetch() {
        if (where.path().isEmpty()) {
            throw new JobException(
                    ErrorCode.BAD_REQUEST,
                    where.text(),
                    "%s names a repository; name a file in it, such as %s/train.csv"
                            .formatted(where.text(), where.text()));
        }
        Snapshot snapshot = store.snapshot(where);
        return file(snapshot, where.path());
    }

    @Override
    public Path fetchFolder(List<String> names) {
        Snapshot snapshot = store.snapshot(where);
        String prefix = prefix();
        SortedMap<String, Long> present = below(snapshot);
        if (present.isEmpty()) {
            throw new NotFoundException("nothing is below %s".formatted(where.text()));
        }
        SortedMap<String, Path> files = new TreeMap<>();
        for (String name : Names.chosen(present.keySet(), names)) {
            Path file = file(snapshot, prefix + name);
            files.put(name, file);
            if (Names.isIndex(name)) {
                for (String shard : Names.shards(name, file, present.keySet(), where.text())) {
                    files.put(shard, file(snapshot, prefix + shard));
                }
            }
        }
        return cache.view(files);
    }

    private Path file(Snapshot snapshot, String name) {
        long bytes = HubStore.size(snapshot, name)
                .orElseThrow(() -> new NotFoundException(
                        "%s: the repository has no file '%s' at %s".formatted(where.text(), name, where.revision())));
        return store.file(where, snapshot.commit(), name, bytes);
    }

    @Override
    public void download(Path target) {
        try {
            Files.createDirectories(target.toAbsolutePath().resolveSibling(""));
            Files.copy(fetch(), target, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public Optional<byte[]> read() {
        try {
            return Optional.of(Files.readAllBytes(fetch()));
        } catch (NotFoundException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public List<Entry> list() {
        return below(store.snapshot(where)).entrySet().stream()
                .map(file -> new Entry(where.text() + "/" + file.getKey(), Math.max(0, file.getValue())))
                .sorted(Comparator.comparing(Entry::location))
                .toList();
    }

    private SortedMap<String, Long> below(Snapshot snapshot) {
        SortedMap<String, Long> below = new TreeMap<>();
        snapshot.files().forEach((name, bytes) -> {
            if (name.startsWith(prefix())) {
                below.put(name.substring(prefix().length()), bytes);
            }
        });
        return below;
    }

    private String prefix() {
        return where.path().isEmpty() ? "" : where.path() + "/";
    }

    @Override
    public void put(Path file) {
        throw readOnly();
    }

    @Override
    public boolean putIfAbsent(byte[] bytes) {
        throw readOnly();
    }

    @Override
    public void deleteAll() {
        throw readOnly();
    }

    private JobException readOnly() {
        return new JobException(
                ErrorCode.BAD_REQUEST,
                where.text(),
                "%s is on the hub, which is only read from here; use s3:// or file:".formatted(where.text()));
    }
}
