package io.tenfold.storage;

import io.tenfold.job.ArtifactStore.Entry;
import io.tenfold.job.ArtifactStore.NotFoundException;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.UUID;
import java.util.stream.Stream;

/** A local file or folder. What has its final name is whole and on the disk: it was written beside it and renamed. */
final class FileSource implements Source {

    private static final String UNFINISHED = ".tenfold-";

    private final FileStore store;
    private final Location.Local where;
    private final Path path;

    FileSource(FileStore store, Location.Local where, Path path) {
        this.store = store;
        this.where = where;
        this.path = path;
    }

    /** The file itself: a copy would gain nothing. */
    @Override
    public Path fetch() {
        if (!Files.isRegularFile(path)) {
            throw notFound(Files.isDirectory(path) ? "is a folder; name a file in it" : "is not there");
        }
        return path;
    }

    /** The folder itself, once every chosen file in it is found to lie below the roots. */
    @Override
    public Path fetchFolder(List<String> names) {
        if (!Files.isDirectory(path)) {
            throw notFound(Files.exists(path) ? "is a file; a folder is needed here" : "is not there");
        }
        Set<String> present = new HashSet<>();
        files().forEach(file -> present.add(nameOf(file)));
        SortedSet<String> chosen = Names.chosen(present, names);
        for (String index : List.copyOf(chosen)) {
            if (Names.isIndex(index)) {
                chosen.addAll(Names.shards(index, path.resolve(index), present, where.text()));
            }
        }
        refuseLinksThatLeave(names, chosen);
        return path;
    }

    /** Readers open what they know by name, so a link by such a name must not lead out of the roots. */
    private void refuseLinksThatLeave(List<String> names, SortedSet<String> chosen) {
        try (Stream<Path> all = Files.walk(path)) {
            for (Path link : all.filter(Files::isSymbolicLink).toList()) {
                String name = nameOf(link);
                boolean asked = chosen.contains(name)
                        || !Names.chosen(List.of(name), names).isEmpty();
                if (asked && !store.allowed(link)) {
                    throw new JobException(
                            ErrorCode.BAD_REQUEST,
                            where.text(),
                            "%s/%s is a link to a file outside tenfold.storage.file-roots; put a copy there"
                                    .formatted(where.text(), name));
                }
            }
        } catch (IOException | UncheckedIOException e) {
            throw failed("reading", e);
        }
    }

    @Override
    public void download(Path target) {
        Path file = fetch();
        try {
            Files.createDirectories(target.toAbsolutePath().resolveSibling(""));
            Files.copy(file, target, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw LocalDisk.unwritable(target, e);
        }
    }

    @Override
    public Optional<byte[]> read() {
        try {
            return Files.isRegularFile(path) ? Optional.of(Files.readAllBytes(path)) : Optional.empty();
        } catch (IOException e) {
            throw failed("reading", e);
        }
    }

    @Override
    public List<Entry> list() {
        return files().stream()
                .map(file -> new Entry(where.text() + "/" + nameOf(file), size(file)))
                .sorted(Comparator.comparing(Entry::location))
                .toList();
    }

    @Override
    public void put(Path file) {
        write(temporary -> {
            Files.copy(file, temporary, StandardCopyOption.REPLACE_EXISTING);
            synchronise(temporary);
            Files.move(temporary, path, StandardCopyOption.ATOMIC_MOVE);
            return true;
        });
    }

    @Override
    public boolean putIfAbsent(byte[] bytes) {
        return write(temporary -> {
            Files.write(temporary, bytes);
            synchronise(temporary);
            try {
                // A second name for a finished file: there at once and whole, or refused because the name is taken.
                Files.createLink(path, temporary);
                return true;
            } catch (FileAlreadyExistsException e) {
                return false;
            } catch (UnsupportedOperationException e) {
                return createNew(bytes);
            }
        });
    }

    /** For file systems without links: exclusive too, but a crash may leave a part. */
    private boolean createNew(byte[] bytes) throws IOException {
        try {
            Files.write(path, bytes, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
            synchronise(path);
            return true;
        } catch (FileAlreadyExistsException e) {
            return false;
        }
    }

    @Override
    public void deleteAll() {
        if (store.isRoot(path)) {
            throw new JobException(
                    ErrorCode.BAD_REQUEST,
                    where.text(),
                    "%s is one of tenfold.storage.file-roots and is not removed; name something in it"
                            .formatted(where.text()));
        }
        if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        try (Stream<Path> walk = Files.walk(path)) {
            for (Path one : walk.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(one);
            }
        } catch (IOException | UncheckedIOException e) {
            throw failed("removing", e);
        }
    }

    /** Writes a file beside the target and puts it there. */
    @FunctionalInterface
    private interface Writer {
        boolean write(Path temporary) throws IOException;
    }

    private boolean write(Writer writer) {
        Path folder = path.resolveSibling("");
        Path temporary = folder.resolve(UNFINISHED + UUID.randomUUID());
        try {
            Files.createDirectories(folder);
            boolean written = writer.write(temporary);
            synchronise(folder);
            return written;
        } catch (IOException e) {
            JobException refusal = LocalDisk.refusal(where.text(), path, e);
            throw refusal == null ? failed("writing", e) : refusal;
        } finally {
            CacheSweep.delete(temporary);
        }
    }

    /** Waits until a file, or the names in a folder, are on the disk. */
    private static void synchronise(Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    /** Regular files below the folder, and links to such below the roots; what is being written is left out. */
    private List<Path> files() {
        if (!Files.isDirectory(path)) {
            return List.of();
        }
        try (Stream<Path> walk = Files.walk(path)) {
            return walk.filter(Files::isRegularFile)
                    .filter(file -> !file.getFileName().toString().startsWith(UNFINISHED))
                    .filter(file -> !Files.isSymbolicLink(file) || store.allowed(file))
                    .toList();
        } catch (IOException | UncheckedIOException e) {
            throw failed("listing", e);
        }
    }

    private String nameOf(Path file) {
        return path.relativize(file).toString().replace(path.getFileSystem().getSeparator(), "/");
    }

    private long size(Path file) {
        try {
            return Files.size(file);
        } catch (IOException e) {
            throw failed("listing", e);
        }
    }

    private NotFoundException notFound(String what) {
        return new NotFoundException("%s %s (looked at %s)".formatted(where.text(), what, path));
    }

    private JobException failed(String doing, Exception e) {
        return new JobException(
                ErrorCode.UNAVAILABLE, where.text(), "%s %s failed: %s".formatted(doing, where.text(), e), e);
    }
}
