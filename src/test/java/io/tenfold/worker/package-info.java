/** The runner under test. */
@NullMarked
package io.tenfold.worker;

import org.jspecify.annotations.NullMarked;
