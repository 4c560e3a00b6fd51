/** Programs that measure; none of them is a test. */
@NullMarked
package io.tenfold.benchmark;

import org.jspecify.annotations.NullMarked;
