package io.tenfold.data;

import static org.junit.jupiter.api.Assertions.assertThrows;

import io.tenfold.job.JobException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Small data files for this room's tests. */
final class Files4Tests {

    static final Columns TEXT_AND_LABEL = Columns.usual();
    static final Columns TEXT_ALONE = new Columns("text", null, null, "data.columns");
    static final Columns PAIR = new Columns("text", "text2", "label", "data.columns");

    private Files4Tests() {}

    static DataFile file(Path folder, String name, String content) {
        return file(folder, name, content.getBytes(StandardCharsets.UTF_8));
    }

    static DataFile file(Path folder, String name, byte[] content) {
        try {
            Path path = Files.write(folder.resolve(name), content);
            return DataFile.of(path, "s3://data/" + name, "data.train", null);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static String text(Path path) {
        try {
            return Files.readString(path);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static List<Example> read(DataFile file, Columns columns) {
        return Examples.list(file, columns);
    }

    static JobException refused(DataFile file, Columns columns) {
        return assertThrows(JobException.class, () -> Examples.list(file, columns));
    }

    static Path golden(String name) {
        return Path.of("src/test/resources/golden", name);
    }
}
