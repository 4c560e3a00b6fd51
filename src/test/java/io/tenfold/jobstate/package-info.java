/** The rows under test, on both databases. */
@NullMarked
package io.tenfold.jobstate;

import org.jspecify.annotations.NullMarked;
