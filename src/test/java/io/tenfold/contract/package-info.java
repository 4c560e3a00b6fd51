/** The files in docs/contract held against the code. */
@NullMarked
package io.tenfold.contract;

import org.jspecify.annotations.NullMarked;
