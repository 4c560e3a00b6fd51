package io.tenfold.localstack;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.tenfold.checkpoint.SafetensorsWriter;
import io.tenfold.localstack.OnnxFile.Weight;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiConsumer;

/** Models in Hugging Face layout that are converted once and kept. */
final class Cached {

    private static final int KEPT_OF_CHECKSUM = 12;

    private Cached() {}

    /** Fills an empty folder. */
    @FunctionalInterface
    interface Maker {
        void make(Path folder) throws IOException;
    }

    /**
     * The folder of a model, made when it is not there; a half-made one is never seen.
     *
     * @param sha256 of what it is made of
     */
    static Path folder(Path cache, String model, String sha256, Maker maker) {
        Path folder = cache.resolve(model + "-" + sha256.substring(0, KEPT_OF_CHECKSUM));
        if (Files.isDirectory(folder)) {
            return folder;
        }
        try {
            Files.createDirectories(cache);
            Path unfinished = Files.createTempDirectory(cache, model + "-unfinished-");
            try {
                maker.make(unfinished);
                moveUnlessThere(unfinished, folder);
            } finally {
                Folders.delete(unfinished);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("%s can't be made in %s".formatted(model, cache), e);
        }
        return folder;
    }

    private static void moveUnlessThere(Path unfinished, Path folder) throws IOException {
        try {
            Files.move(unfinished, folder, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            if (!Files.isDirectory(folder)) {
                throw e;
            }
        }
    }

    /** Hands over weights by name, one at a time. */
    @FunctionalInterface
    interface Weights {
        void forEach(BiConsumer<String, Weight> each) throws IOException;
    }

    static void write(Weights weights, Path file) throws IOException {
        try (NDManager manager = NDManager.newBaseManager()) {
            Map<String, NDArray> arrays = new TreeMap<>();
            weights.forEach(
                    (name, weight) -> arrays.put(name, manager.create(weight.values(), new Shape(weight.shape()))));
            SafetensorsWriter.write(file, arrays);
        }
    }

    static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
