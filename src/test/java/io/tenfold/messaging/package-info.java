/** Kafka in and out under test, on a real broker and a real database that both go away and come back. */
@NullMarked
package io.tenfold.messaging;

import org.jspecify.annotations.NullMarked;
