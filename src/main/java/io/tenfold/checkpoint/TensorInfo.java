package io.tenfold.checkpoint;

import ai.djl.ndarray.types.Shape;

/**
 * One tensor as a header describes it.
 *
 * @param file the name of the file it is in
 * @param begin its first byte, counted from the end of the header
 * @param end the byte after its last
 */
public record TensorInfo(String name, TensorType type, Shape shape, String file, long begin, long end) {

    /** How many bytes it takes in the file. */
    public long bytes() {
        return end - begin;
    }
}
