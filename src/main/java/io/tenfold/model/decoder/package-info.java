/** Decoders: GPT-2, Llama, Mistral, Qwen2, Qwen3. Built of {@code model.common}; one family, one class. */
@NullMarked
package io.tenfold.model.decoder;

import org.jspecify.annotations.NullMarked;
