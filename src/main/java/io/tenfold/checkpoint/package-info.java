/**
 * Files of weights: safetensors reader and writer, adapter configs, the manifest, training state. May import: {@code
 * job}, {@code tensor}. The only room that knows the bytes of safetensors. Never: a model's meaning, S3, a database.
 */
@NullMarked
package io.tenfold.checkpoint;

import org.jspecify.annotations.NullMarked;
