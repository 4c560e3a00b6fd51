package io.tenfold.telemetry;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.context.Context;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The trace that a job belongs to. */
final class Trace {

    private static final Pattern TRACEPARENT =
            Pattern.compile("(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?");

    private static final int TRACE_BYTES = 16;
    private static final int SPAN_BYTES = 8;

    private Trace() {}

    /**
     * The request's own trace; where it has none, or none that can be read, one made of the job's id, which is the same in
     * every process that works on the job.
     */
    static Context of(String jobId, @Nullable String traceparent) {
        SpanContext given = traceparent == null ? SpanContext.getInvalid() : read(traceparent);
        return Context.root().with(Span.wrap(given.isValid() ? given : made(jobId)));
    }

    private static SpanContext read(String traceparent) {
        Matcher parts = TRACEPARENT.matcher(traceparent);
        return parts.matches()
                ? SpanContext.createFromRemoteParent(
                        parts.group(1), parts.group(2), TraceFlags.fromHex(parts.group(3), 0), TraceState.getDefault())
                : SpanContext.getInvalid();
    }

    private static SpanContext made(String jobId) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(jobId.getBytes(StandardCharsets.UTF_8));
            HexFormat hex = HexFormat.of();
            return SpanContext.createFromRemoteParent(
                    hex.formatHex(hash, 0, TRACE_BYTES),
                    hex.formatHex(hash, TRACE_BYTES, TRACE_BYTES + SPAN_BYTES),
                    TraceFlags.getSampled(),
                    TraceState.getDefault());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
