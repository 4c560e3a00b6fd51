/**
 * The training loop and what it runs on: objectives, schedule, evaluation, metrics, checkpoints of its state, and the
 * shapes {@link io.tenfold.train.Tuning} and {@link io.tenfold.train.Stage} that every method fills. May import: job,
 * tensor, model, data, checkpoint. Never: a method, a vendor's type.
 */
@NullMarked
package io.tenfold.train;

import org.jspecify.annotations.NullMarked;
