/**
 * Trains a part of the weights, whole: last or first layers, named modules, biases (Ben Zaken et al. 2021,
 * arXiv:2106.10199), or the head alone; perhaps layer by layer (Howard and Ruder 2018, arXiv:1801.06146). Knows no other
 * method.
 */
@NullMarked
package io.tenfold.method.partial;

import org.jspecify.annotations.NullMarked;
