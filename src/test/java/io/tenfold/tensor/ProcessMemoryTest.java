package io.tenfold.tensor;

import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import org.junit.jupiter.api.Test;

class ProcessMemoryTest {

    private static final long BYTES = 256L << 20;

    @Test
    void theNextJobsPeakDoesNotCountThisOnes() {
        long first;
        try (Backend backend = Backend.open("cpu", 1);
                NDArray large = backend.manager().ones(new Shape(BYTES / 4))) {
            first = backend.peakMemory();
            assertTrue(first > large.size() * 4);
        }
        try (Backend backend = Backend.open("cpu", 1)) {
            assertTrue(backend.peakMemory() < first - BYTES / 2, "%d after %d".formatted(backend.peakMemory(), first));
        }
    }
}
