package io.tenfold.storage;

import io.tenfold.job.ArtifactStore;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** The files of every kind of location: S3, the Hugging Face hub, local. Connects to a store when its first file is asked for. */
@ApplicationScoped
public class LocationStore implements ArtifactStore {

    private final S3Store s3;
    private final HubStore hub;
    private final FileStore files;
    private final Path cacheFolder;

    @Inject
    public LocationStore(StorageConfig config) {
        Cache cache = new Cache(config.cacheDir(), config.cacheMaxSize().asLongValue(), config.cacheKeep());
        s3 = new S3Store(config, cache, new Retries(config.retryFor()));
        hub = new HubStore(config, cache, new Retries(config.retryFor()));
        files = new FileStore(config.fileRoots().orElse(List.of()));
        cacheFolder = config.cacheDir();
    }

    @Override
    public void check(String location, String param) {
        switch (Location.parse(location, param)) {
            case Location.S3 where -> s3.check(where, param);
            case Location.Local where -> files.check(where, param);
            case Location.Hub where -> {
                if (param.equals("output")) {
                    throw new JobException(
                            ErrorCode.BAD_REQUEST,
                            param,
                            "%s is on the hub, which is only read from here; choose an output in s3:// or file:"
                                    .formatted(location));
                }
            }
        }
    }

    @Override
    public Path fetch(String location) {
        return source(location).fetch();
    }

    @Override
    public Path fetchFolder(String location, List<String> names) {
        return source(location).fetchFolder(names);
    }

    @Override
    public void download(String location, Path target) {
        source(location).download(target);
    }

    @Override
    public Optional<byte[]> read(String location) {
        return source(location).read();
    }

    @Override
    public void put(String location, Path file) {
        source(location).put(file);
    }

    @Override
    public boolean putIfAbsent(String location, byte[] bytes) {
        return source(location).putIfAbsent(bytes);
    }

    @Override
    public List<Entry> list(String location) {
        return source(location).list();
    }

    @Override
    public void deleteAll(String location) {
        source(location).deleteAll();
    }

    @Override
    public Path cacheFolder() {
        return cacheFolder;
    }

    private Source source(String location) {
        return switch (Location.parse(location, location)) {
            case Location.S3 where -> s3.at(where);
            case Location.Hub where -> hub.at(where);
            case Location.Local where -> files.at(where);
        };
    }
}
