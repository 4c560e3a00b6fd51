package io.tenfold.telemetry;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import io.tenfold.job.TraceContext;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/** The trace that a job belongs to. */
final class Trace {

    private static final int TRACE_BYTES = 16;
    private static final int SPAN_BYTES = 8;

    private static final TextMapGetter<TraceContext> FIELDS = new TextMapGetter<>() {
        @Override
        public Iterable<String> keys(TraceContext trace) {
            return W3CTraceContextPropagator.getInstance().fields();
        }

        @Override
        public @Nullable String get(@Nullable TraceContext trace, String field) {
            if (trace == null) {
                return null;
            }
            return field.equals(TraceContext.TRACEPARENT) ? trace.traceparent() : trace.tracestate();
        }
    };

    private Trace() {}

    /** The request's own trace; where it has none, one made of the job's id, which is the same in every process. */
    static Context of(String jobId, @Nullable TraceContext given) {
        return given == null
                ? Context.root().with(Span.wrap(made(jobId)))
                : W3CTraceContextPropagator.getInstance().extract(Context.root(), given, FIELDS);
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
