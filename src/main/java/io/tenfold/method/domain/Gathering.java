package io.tenfold.method.domain;

import io.tenfold.train.PredictionFiles;
import io.tenfold.train.StageOutcome;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import java.util.stream.Stream;

/** Puts what several stages left into one artifact. */
final class Gathering {

    private Gathering() {}

    /**
     * Copies each stage's own folder, and puts the predictions of all into one file, in the stages' order.
     *
     * @param artifact the last stage's files
     * @param own a stage's folder in an artifact
     */
    static void into(Path artifact, List<StageOutcome> done, BiFunction<Path, StageOutcome, Path> own) {
        List<String> predictions = new ArrayList<>();
        try {
            for (StageOutcome stage : done) {
                Path file = stage.folder().resolve(PredictionFiles.NAME);
                if (Files.exists(file)) {
                    predictions.addAll(Files.readAllLines(file));
                }
                if (!stage.folder().equals(artifact)) {
                    copy(own.apply(stage.folder(), stage), own.apply(artifact, stage));
                }
            }
            if (!predictions.isEmpty()) {
                Files.write(artifact.resolve(PredictionFiles.NAME), predictions);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the artifact can't be written to " + artifact, e);
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> walk = Files.walk(from)) {
            for (Path path : walk.toList()) {
                Path target = to.resolve(from.relativize(path).toString());
                if (Files.isDirectory(path)) {
                    Files.createDirectories(target);
                } else {
                    Files.copy(path, target);
                }
            }
        }
    }
}
