/**
 * Models: what a method sees of them ({@link io.tenfold.model.Network}), the places where it hooks in ({@link
 * io.tenfold.model.ModelHooks}), and the families in {@code common} and {@code encoder}. May import: {@code job}, {@code
 * tensor}, {@code checkpoint}. Never: {@code ai.djl.pytorch}, a method, data, the loop.
 */
@NullMarked
package io.tenfold.model;

import org.jspecify.annotations.NullMarked;
