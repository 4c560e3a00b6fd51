/** What is measured and traced. */
@NullMarked
package io.tenfold.telemetry;

import org.jspecify.annotations.NullMarked;
