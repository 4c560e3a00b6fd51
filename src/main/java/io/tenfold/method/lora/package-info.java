/**
 * Low-rank adaptation (Hu et al. 2021, arXiv:2106.09685), with PEFT's options, defaults and files. Knows no other method.
 */
@NullMarked
package io.tenfold.method.lora;

import org.jspecify.annotations.NullMarked;
