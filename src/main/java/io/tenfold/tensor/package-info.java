/**
 * The typed face of PyTorch: devices, seeds, recording, parameters, the optimiser, the unpadded layout of a batch, and
 * the ops that DJL lacks ({@code ops.py}). May import: nothing of ours. The only room that may touch
 * {@code ai.djl.pytorch}. Never: a model, a file format, a job.
 *
 * <p>A result belongs to the manager of its first operand, so an expression begins with the activation, never the
 * parameter. To add an op: a {@code def} in {@code ops.py} and a method in {@link io.tenfold.tensor.Ops}.
 */
@NullMarked
package io.tenfold.tensor;

import org.jspecify.annotations.NullMarked;
