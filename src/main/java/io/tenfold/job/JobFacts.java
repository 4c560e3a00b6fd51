package io.tenfold.job;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What whoever counts or traces events wants to know of their job.
 *
 * @param method the method's name as the request gives it, which need not be one; empty where it gives none
 * @param submittedAt database time
 * @param device where the newest attempt trains; null before the first
 * @param trace the trace of the request; null where there was none
 */
public record JobFacts(
        String method,
        Instant submittedAt,
        @Nullable String device,
        @Nullable TraceContext trace) {}
