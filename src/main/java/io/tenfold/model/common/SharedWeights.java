package io.tenfold.model.common;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.tenfold.checkpoint.SafetensorsReader;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Predicate;

/** Arrays of one checkpoint that several networks use, each read when it is first asked for. */
public final class SharedWeights implements AutoCloseable {

    private final NDManager manager;
    private final SafetensorsReader file;
    private final Map<String, NDArray> arrays = new HashMap<>();

    /** Takes over both. */
    public SharedWeights(NDManager manager, SafetensorsReader file) {
        this.manager = manager;
        this.file = file;
    }

    SafetensorsReader file() {
        return file;
    }

    /** The arrays for one network, but for those that it has for itself. */
    Weights.Source except(Predicate<String> own, NDManager networks) {
        return (name, key, transposed) -> own.test(name)
                ? Weights.read(file, key, transposed, networks)
                : arrays.computeIfAbsent(key, _ -> Weights.read(file, key, transposed, manager));
    }

    @Override
    public void close() {
        file.close();
        manager.close();
    }
}
