package io.tenfold.messaging;

import io.tenfold.job.TraceContext;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.common.header.Headers;
import org.jspecify.annotations.Nullable;

/** W3C Trace Context in a record's headers. */
final class TraceHeaders {

    private static final String CLOUD_EVENT = "ce_";

    private TraceHeaders() {}

    /** The trace of a CloudEvent in its binary form, else the one of the record itself; null where there is none. */
    static @Nullable TraceContext of(Headers headers) {
        TraceContext own = of(headers, CLOUD_EVENT);
        return own == null ? of(headers, "") : own;
    }

    private static @Nullable TraceContext of(Headers headers, String prefix) {
        return TraceContext.of(
                RecordDecoder.header(headers, prefix + TraceContext.TRACEPARENT),
                RecordDecoder.header(headers, prefix + TraceContext.TRACESTATE));
    }

    static void put(@Nullable TraceContext trace, Headers headers) {
        if (trace != null) {
            headers.add(TraceContext.TRACEPARENT, trace.traceparent().getBytes(StandardCharsets.UTF_8));
            if (trace.tracestate() != null) {
                headers.add(TraceContext.TRACESTATE, trace.tracestate().getBytes(StandardCharsets.UTF_8));
            }
        }
    }
}
