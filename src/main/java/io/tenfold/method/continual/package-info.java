/**
 * Continual learning: one task after another, each with a head of its own, and ways to keep what was learnt before. Knows
 * no other method; low-rank updates and adapters it has from the registry.
 */
@NullMarked
package io.tenfold.method.continual;

import org.jspecify.annotations.NullMarked;
