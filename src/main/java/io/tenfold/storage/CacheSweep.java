package io.tenfold.storage;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jboss.logging.Logger;

/** Removes from the cache what was used longest ago. */
final class CacheSweep {

    private static final Logger LOG = Logger.getLogger(CacheSweep.class);
    private static final Duration ABANDONED = Duration.ofDays(1);

    private final Path objects;
    private final Path views;
    private final Path unfinished;
    private final long maxBytes;
    private final Duration keep;

    CacheSweep(Path objects, Path views, Path unfinished, long maxBytes, Duration keep) {
        this.objects = objects;
        this.views = views;
        this.unfinished = unfinished;
        this.maxBytes = maxBytes;
        this.keep = keep;
    }

    private record Item(Path folder, long bytes, Instant used) {}

    /** Removes old objects until {@code bytes} more fit, views whose objects are gone, and downloads that died. */
    synchronized void makeRoom(long bytes) {
        List<Item> items = items(objects);
        long total = items.stream().mapToLong(Item::bytes).sum() + bytes;
        Instant young = Instant.now().minus(keep);
        for (Item item : items) {
            if (total <= maxBytes) {
                break;
            }
            if (item.used().isAfter(young)) {
                LOG.warnf(
                        "the cache holds %,d bytes of a limit of %,d, all used within %s; nothing is removed",
                        total, maxBytes, keep);
                break;
            }
            delete(item.folder());
            total -= item.bytes();
            LOG.infof("removed %s (%,d bytes, last used %s) from the cache", item.folder(), item.bytes(), item.used());
        }
        items(views).stream().filter(item -> dangles(item.folder())).forEach(item -> delete(item.folder()));
        Instant abandoned = Instant.now().minus(ABANDONED);
        items(unfinished).stream()
                .filter(item -> item.used().isBefore(abandoned))
                .forEach(item -> delete(item.folder()));
    }

    /** The folders right below, least recently used first. */
    private static List<Item> items(Path parent) {
        if (!Files.isDirectory(parent)) {
            return List.of();
        }
        try (Stream<Path> folders = Files.list(parent)) {
            return folders.flatMap(folder -> item(folder).stream())
                    .sorted(Comparator.comparing(Item::used))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Optional<Item> item(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            long bytes = 0;
            for (Path file : files.toList()) {
                bytes += Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS) ? Files.size(file) : 0;
            }
            return Optional.of(
                    new Item(folder, bytes, Files.getLastModifiedTime(folder).toInstant()));
        } catch (IOException | UncheckedIOException e) {
            return Optional.empty(); // another process removes it just now
        }
    }

    private static boolean dangles(Path view) {
        try (Stream<Path> links = Files.walk(view)) {
            return links.anyMatch(link -> Files.isSymbolicLink(link) && !Files.exists(link));
        } catch (IOException | UncheckedIOException e) {
            return false; // another process removes it just now
        }
    }

    /** Removes a folder and what is in it; what another process removed meanwhile is no error. */
    static void delete(Path folder) {
        if (!Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        try (Stream<Path> paths = Files.walk(folder)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        } catch (IOException | UncheckedIOException e) {
            LOG.debugf("%s stays in the cache: %s", folder, e);
        }
    }
}
