/**
 * The methods: a registry here, a package for each. May import: job, tensor, model, data, train, checkpoint. A method
 * never imports a sibling; what two share moves down to {@code train}, {@code model} or {@code tensor}.
 *
 * <p>To add one: copy {@code lora}, rename, implement {@link io.tenfold.method.FineTuneMethod}; CDI finds it.
 */
@NullMarked
package io.tenfold.method;

import org.jspecify.annotations.NullMarked;
