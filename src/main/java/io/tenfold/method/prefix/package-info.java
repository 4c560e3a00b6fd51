/**
 * Prefix tuning (Li and Liang 2021, arXiv:2101.00190), for encoders as in P-tuning v2 (Liu et al. 2022, arXiv:2110.07602):
 * keys and values of virtual tokens in every layer, with PEFT's options, defaults and files. Knows no other method.
 */
@NullMarked
package io.tenfold.method.prefix;

import org.jspecify.annotations.NullMarked;
