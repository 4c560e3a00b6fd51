package io.tenfold.model.encoder;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.tenfold.model.HeadSpec;
import io.tenfold.model.LoadOptions;
import io.tenfold.model.ModelHooks;
import io.tenfold.model.Network;
import io.tenfold.model.family.Models;
import io.tenfold.tensor.AdamW;
import io.tenfold.tensor.Backend;
import io.tenfold.tensor.Gradients;
import io.tenfold.tensor.Ops;
import io.tenfold.tensor.Recording;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** One scope a step: whatever a step makes is gone after it. */
class ScopeTest {

    private static final int STEPS = 500;
    private static final int WARM_UP = 50;
    private static final long ROOM = 40L << 20;

    @Test
    void nothingOfAStepIsLeftAfterFiveHundred() throws IOException {
        try (Backend backend = Backend.open("cpu", 1);
                Network network = Models.load(
                        Golden.model("bert"),
                        HeadSpec.classification(3),
                        ModelHooks.NONE,
                        backend,
                        LoadOptions.seeded(1))) {
            network.parameters().trainable(true);
            AdamW optimiser = new AdamW(
                    backend.manager(),
                    List.of(new AdamW.Group(network.parameters().list(), 1, 0.01)),
                    AdamW.Options.DEFAULT);
            step(backend, network, optimiser, 0);
            int arrays = backend.manager().getManagedArrays().size();
            int weights = network.parameters()
                    .get("classifier.weight")
                    .value()
                    .getManager()
                    .getManagedArrays()
                    .size();
            long resident = 0;
            for (int step = 1; step <= STEPS; step++) {
                step(backend, network, optimiser, step);
                if (step == WARM_UP) {
                    resident = backend.memoryInUse();
                }
            }
            assertEquals(arrays, backend.manager().getManagedArrays().size());
            assertEquals(
                    weights,
                    network.parameters()
                            .get("classifier.weight")
                            .value()
                            .getManager()
                            .getManagedArrays()
                            .size());
            long growth = backend.memoryInUse() - resident;
            assertTrue(growth < ROOM, "memory grew by %d bytes".formatted(growth));
        }
    }

    private static float step(Backend backend, Network network, AdamW optimiser, int step) throws IOException {
        backend.seed(1, step);
        try (NDManager scope = backend.scope();
                Recording recording = Recording.on()) {
            NDArray logits = network.logits(Golden.rows(scope, "bert", 8), true);
            NDArray loss = Ops.crossEntropySum(logits, scope.create(new long[] {0, 1, 2, 0, 1, 2, 0, 1}));
            recording.backward(loss);
            optimiser.step(1e-4, Gradients.clipFactor(Gradients.norm(network.parameters()), 1));
            Gradients.drop(network.parameters());
            return loss.getFloat();
        }
    }
}
