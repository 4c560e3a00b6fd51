/**
 * What is measured of jobs and of this process, and the traces of jobs. All of it is told by events that the other rooms
 * fire, so that no other room knows of meters or spans. May import: job. Only this room touches Micrometer and
 * OpenTelemetry. Never: a decision about a job, an error that stops whoever told something.
 */
@NullMarked
package io.tenfold.telemetry;

import org.jspecify.annotations.NullMarked;
