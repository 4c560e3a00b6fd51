/**
 * Kafka: requests and commands in, events and dead letters out, CloudEvents on the wire, and the relay that empties the
 * outbox. May import: job. Only this room touches SmallRye and Kafka. Never: SQL, training, a decision about a job.
 */
@NullMarked
package io.tenfold.messaging;

import org.jspecify.annotations.NullMarked;
