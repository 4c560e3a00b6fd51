/**
 * Prompts: virtual tokens that are trained while the model stays as it is (Lester et al. 2021, arXiv:2104.08691; Liu et al.
 * 2021, arXiv:2103.10385), with PEFT's options, defaults and files. Knows no other method.
 *
 * <p>To add a kind: a record that {@link io.tenfold.method.prompt.PromptConfig} permits, a constant of its {@code Kind}, a
 * case in each switch of {@link io.tenfold.method.prompt.PromptMethod}; the compiler asks for all of them.
 */
@NullMarked
package io.tenfold.method.prompt;

import org.jspecify.annotations.NullMarked;
