/**
 * Jobs and their events as rows, on H2 and on PostgreSQL alike: the door, the queue with lease and fence, the outbox and the
 * reading side behind the ports of {@code job}. May import: job. Only this room touches Hibernate and SQL. Never: Kafka, a
 * model, a file. To add a column, add a migration under {@code db/migration} in SQL that both databases take.
 */
@NullMarked
package io.tenfold.jobstate;

import org.jspecify.annotations.NullMarked;
