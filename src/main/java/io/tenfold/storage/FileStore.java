package io.tenfold.storage;

import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;

/** Local files below the configured roots; links that lead elsewhere are not followed. */
final class FileStore {

    private final List<Path> roots;

    FileStore(List<Path> roots) {
        this.roots =
                roots.stream().map(root -> root.toAbsolutePath().normalize()).toList();
    }

    Source at(Location.Local where) {
        return new FileSource(this, where, real(where, where.text()));
    }

    /** @throws JobException BAD_REQUEST for a path that is not below a root */
    void check(Location.Local where, String param) {
        real(where, param);
    }

    /** Whether a path of this machine, links followed, lies below a root. */
    boolean allowed(Path path) {
        try {
            Path real = realOf(path);
            for (Path root : roots) {
                if (real.startsWith(realOf(root))) {
                    return true;
                }
            }
            return false;
        } catch (IOException e) {
            return false;
        }
    }

    /** Whether a real path is a root itself. */
    boolean isRoot(Path path) {
        return roots.stream().anyMatch(root -> {
            try {
                return realOf(root).equals(path);
            } catch (IOException e) {
                return false;
            }
        });
    }

    /** The path itself where it is allowed, its existing beginning free of links. */
    private Path real(Location.Local where, String param) {
        if (roots.isEmpty()) {
            throw new JobException(
                    ErrorCode.BAD_REQUEST,
                    param,
                    "%s is a local file, and none may be used here; upload it and use s3://, or set tenfold.storage.file-roots"
                            .formatted(where.text()));
        }
        Path path = Path.of(where.path()).toAbsolutePath().normalize();
        if (!allowed(path)) {
            throw new JobException(
                    ErrorCode.BAD_REQUEST,
                    param,
                    "%s is not below %s; move it there, or add its folder to tenfold.storage.file-roots"
                            .formatted(where.text(), roots.size() == 1 ? roots.getFirst() : "one of " + roots));
        }
        try {
            return realOf(path);
        } catch (IOException e) {
            throw new JobException(
                    ErrorCode.BAD_REQUEST, param, "%s can't be looked at: %s".formatted(where.text(), e), e);
        }
    }

    /** Links resolved as far as the path exists. */
    private static Path realOf(Path path) throws IOException {
        Path parent = path.getParent();
        if (parent == null || Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            return path.toRealPath();
        }
        Path name = path.getFileName();
        return name == null ? realOf(parent) : realOf(parent).resolve(name);
    }
}
