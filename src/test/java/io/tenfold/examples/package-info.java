/** The files under examples/ held against the contract, and compiled. */
@NullMarked
package io.tenfold.examples;

import org.jspecify.annotations.NullMarked;
