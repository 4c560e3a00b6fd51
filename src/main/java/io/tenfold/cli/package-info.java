/**
 * The commands a person types: run, predict, submit, watch, cancel, jobs, worker, check, and the live progress that they
 * share. May import: job, worker; Picocli, and Kafka's plain clients and {@code java.net.http} for the commands that talk to a
 * running system. Never: DJL, S3, the database. A new command is a class here, named in {@link io.tenfold.cli.Tenfold}.
 */
@NullMarked
package io.tenfold.cli;

import org.jspecify.annotations.NullMarked;
