/**
 * Several tasks on one encoder, a head for each (Caruana 1997; Liu et al. 2019, arXiv:1901.11504). Knows no other method.
 */
@NullMarked
package io.tenfold.method.multitask;

import org.jspecify.annotations.NullMarked;
