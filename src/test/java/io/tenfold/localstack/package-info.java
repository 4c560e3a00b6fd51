/**
 * The local stack: real servers (broker, S3, database) that run in a JVM, for {@code demo}, {@code up} and the tests. Test
 * scope: nothing of it is in the shipped jar.
 */
@NullMarked
package io.tenfold.localstack;

import org.jspecify.annotations.NullMarked;
