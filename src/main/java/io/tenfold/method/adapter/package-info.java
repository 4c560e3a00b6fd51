/**
 * Small modules in a frozen model: bottlenecks (Houlsby et al. 2019, arXiv:1902.00751; Pfeiffer et al. 2020,
 * arXiv:2005.00247; He et al. 2021, arXiv:2110.04366) with the options, defaults and files of adapter-hub's
 * {@code adapters}, and rescaled activations (IA3; Liu et al. 2022, arXiv:2205.05638) with PEFT's. Knows no other method.
 */
@NullMarked
package io.tenfold.method.adapter;

import org.jspecify.annotations.NullMarked;
