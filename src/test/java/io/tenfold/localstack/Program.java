package io.tenfold.localstack;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The packaged program, as a user has it, and how to start it. */
public final class Program {

    private final Path folder;

    private Program(Path folder) {
        this.folder = folder;
    }

    /**
     * The program that the build left, linked into a folder of its own: a build that goes on beside running workers then
     * takes no file away from them.
     */
    public static Program linkedInto(Path folder) {
        Path built = Path.of(System.getProperty("tenfold.program", "target/quarkus-app"));
        if (!Files.exists(built.resolve("quarkus-run.jar"))) {
            throw new StackProblem("%s is not there; './tenfold' builds it, or 'mvn package'".formatted(built));
        }
        Folders.delete(folder);
        try (Stream<Path> files = Files.walk(built)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Path copy = folder.resolve(built.relativize(file).toString());
                Files.createDirectories(copy.getParent());
                link(file, copy);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the program can't be copied to " + folder, e);
        }
        return new Program(folder);
    }

    private static void link(Path file, Path copy) throws IOException {
        try {
            Files.createLink(copy, file);
        } catch (FileSystemException | UnsupportedOperationException e) {
            // Another disk, or one without links.
            Files.copy(file, copy);
        }
    }

    /** The words that start it with these arguments. */
    public List<String> command(List<String> arguments) {
        List<String> words = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-XX:+UseSerialGC",
                "-Xmx1g",
                "-jar",
                folder.resolve("quarkus-run.jar").toString()));
        words.addAll(arguments);
        return words;
    }
}
