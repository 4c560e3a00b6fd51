package io.tenfold.method;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tenfold.checkpoint.PeftFiles;
import io.tenfold.tensor.Backend;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Consumer;

/** A copy of a golden PEFT adapter in which something is another. */
record Altered(Path folder) {

    static Altered copy(String golden, Path folder) throws IOException {
        for (String file : new String[] {PeftFiles.CONFIG, PeftFiles.WEIGHTS}) {
            Files.copy(GoldenJob.GOLDEN.resolve(golden).resolve(file), folder.resolve(file));
        }
        return new Altered(folder);
    }

    String path() {
        return folder.toAbsolutePath().toString();
    }

    Altered config(Consumer<ObjectNode> change) {
        ObjectNode config = PeftFiles.readConfig(folder);
        change.accept(config);
        return written(config, _ -> {});
    }

    /** With one more tensor, or one of another shape: of ones. */
    Altered tensor(String name, Shape shape) {
        return tensors(tensors -> {
            NDManager scope = tensors.values().iterator().next().getManager();
            tensors.put(name, scope.ones(shape));
        });
    }

    Altered tensors(Consumer<Map<String, NDArray>> change) {
        return written(PeftFiles.readConfig(folder), change);
    }

    Altered withoutWeights() throws IOException {
        Files.delete(folder.resolve(PeftFiles.WEIGHTS));
        return this;
    }

    private Altered written(ObjectNode config, Consumer<Map<String, NDArray>> change) {
        try (Backend backend = Backend.open("cpu", 1);
                NDManager scope = backend.scope()) {
            Map<String, NDArray> tensors = PeftFiles.readTensors(folder, scope);
            change.accept(tensors);
            PeftFiles.write(folder, config, tensors);
        }
        return this;
    }
}
