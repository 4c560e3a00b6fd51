/**
 * Writing text: how the next token is chosen ({@link io.tenfold.train.writing.Sampling}), the loop over a model's {@code
 * Generation} ({@link io.tenfold.train.writing.TextWriter}), and the text as it becomes certain. May import: job, tensor,
 * model. Never: data (who decodes tokens is given), a method.
 */
@NullMarked
package io.tenfold.train.writing;

import org.jspecify.annotations.NullMarked;
