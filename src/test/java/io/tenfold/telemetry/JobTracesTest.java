package io.tenfold.telemetry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import io.tenfold.job.AttemptClaimed;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.EventRecord;
import io.tenfold.job.JobError;
import io.tenfold.job.JobEvent;
import io.tenfold.job.JobFacts;
import io.tenfold.job.JobTold;
import io.tenfold.job.TraceContext;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The spans of jobs as an exporter gets them; times are seconds after the submission. */
class JobTracesTest {

    private static final Instant SUBMITTED = Instant.parse("2026-01-01T00:00:00Z");
    private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
    private static final String PARENT = "b7ad6b7169203331";

    private final List<SpanData> spans = new ArrayList<>();
    private final JobTraces traces = new JobTraces(SdkTracerProvider.builder()
            .addSpanProcessor(SimpleSpanProcessor.create(new SpanExporter() {
                @Override
                public CompletableResultCode export(Collection<SpanData> ended) {
                    spans.addAll(ended);
                    return CompletableResultCode.ofSuccess();
                }

                @Override
                public CompletableResultCode flush() {
                    return CompletableResultCode.ofSuccess();
                }

                @Override
                public CompletableResultCode shutdown() {
                    return CompletableResultCode.ofSuccess();
                }
            }))
            .build()
            .get("test"));

    private @Nullable String traceparent = "00-%s-%s-01".formatted(TRACE, PARENT);
    private long seq;

    private void claimed(int attempt, double second) {
        traces.claimed(new AttemptClaimed("job", attempt, at(second)));
    }

    private void told(int attempt, double second, JobEvent event) {
        seq++;
        traces.told(new JobTold(
                new EventRecord("job", seq, attempt, at(second), event),
                new JobFacts("lora", SUBMITTED, null, TraceContext.of(traceparent, "vendor=7"))));
    }

    private static Instant at(double second) {
        return SUBMITTED.plusMillis(Math.round(second * 1e3));
    }

    private static JobEvent succeeded() {
        return new JobEvent.Succeeded(
                "s3://artifacts/a/attempt-1",
                "00",
                9,
                1,
                1,
                1,
                Map.of(),
                30,
                1,
                Map.of("publish", 3.0, "evaluate", 1.5, "total", 50.0),
                1);
    }

    /** Name, parent's name, start and end of each span, by start. */
    private List<String> story() {
        Map<String, String> names = new TreeMap<>(Map.of(PARENT, "producer"));
        spans.forEach(span -> names.put(span.getSpanId(), span.getName()));
        return spans.stream()
                .sorted(Comparator.comparingLong(SpanData::getStartEpochNanos).thenComparing(SpanData::getName))
                .map(span -> "%s < %s %.1f-%.1f"
                        .formatted(
                                span.getName(),
                                names.get(span.getParentSpanId()),
                                seconds(span.getStartEpochNanos()),
                                seconds(span.getEndEpochNanos())))
                .toList();
    }

    private static double seconds(long epochNanos) {
        return epochNanos / 1e9 - SUBMITTED.getEpochSecond();
    }

    private SpanData named(String name) {
        return spans.stream()
                .filter(span -> span.getName().equals(name))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void aJobIsOneTraceFromItsProducerToItsEnd() {
        told(0, 0, new JobEvent.Accepted("00", 0));
        claimed(1, 10);
        told(1, 11, new JobEvent.Started("cpu", "fp32", 0, "w"));
        told(1, 15, new JobEvent.DataReport(Map.of("train", JsonNodeFactory.instance.objectNode())));
        told(1, 30, new JobEvent.Checkpoint(null, 20, "s3://artifacts/a/step-20", 10, 2));
        told(1, 40, new JobEvent.Evaluated(null, 30, "validation", Map.of("accuracy", 0.9)));
        told(1, 60, succeeded());
        spans.removeIf(span -> span.getName().equals("intake"));
        assertEquals(
                List.of(
                        "queue < producer 0.0-10.0",
                        "attempt < producer 10.0-60.0",
                        "load < attempt 10.0-15.0",
                        "train < attempt 15.0-57.0",
                        "checkpoint < attempt 28.0-30.0",
                        "publish < attempt 57.0-60.0"),
                story());
        spans.forEach(span -> assertEquals(TRACE, span.getTraceId()));
        spans.forEach(
                span -> assertEquals("7", span.getSpanContext().getTraceState().get("vendor")));
        SpanData attempt = named("attempt");
        assertEquals("succeeded", attempt.getAttributes().get(AttributeKey.stringKey("tenfold.state")));
        assertEquals("lora", attempt.getAttributes().get(AttributeKey.stringKey("tenfold.method")));
        assertEquals(30, attempt.getAttributes().get(AttributeKey.longKey("tenfold.best_step")));
        SpanData train = named("train");
        assertEquals(1.5, train.getAttributes().get(AttributeKey.doubleKey("tenfold.evaluate.seconds")));
        assertEquals(
                0.9,
                train.getEvents().getFirst().getAttributes().get(AttributeKey.doubleKey("tenfold.metrics.accuracy")));
    }

    @Test
    void anAttemptThatFailsInTheMiddleSaysWhy() {
        claimed(2, 10);
        told(2, 11, new JobEvent.Started("cpu", "fp32", 0, "w"));
        told(2, 12, new JobEvent.Failed(new JobError(ErrorCode.BAD_DATA, "row 3 has no label", "data.train"), 7, null));
        assertEquals(List.of("attempt < producer 10.0-12.0", "load < attempt 10.0-12.0"), story());
        SpanData attempt = named("attempt");
        assertEquals(StatusCode.ERROR, attempt.getStatus().getStatusCode());
        assertEquals("bad_data", attempt.getAttributes().get(AttributeKey.stringKey("tenfold.code")));
        assertEquals(7, attempt.getAttributes().get(AttributeKey.longKey("tenfold.step")));
    }

    @Test
    void anAttemptThatLostItsLeaseEndsWhenTheNextIsClaimed() {
        claimed(1, 10);
        told(1, 11, new JobEvent.Started("cpu", "fp32", 0, "w"));
        claimed(1, 99);
        SpanData attempt = named("attempt");
        assertEquals(99, seconds(attempt.getEndEpochNanos()), 1e-6);
        assertEquals(StatusCode.ERROR, attempt.getStatus().getStatusCode());
    }

    @Test
    void aJobThatNobodyRunsEndsWithASpanOfItsOwn() {
        told(0, 0, new JobEvent.Rejected(List.of(new JobError(ErrorCode.BAD_REQUEST, "no", "id"))));
        told(3, 50, new JobEvent.Cancelled(3, null));
        assertEquals(
                List.of("intake", "cancelled"),
                spans.stream().map(SpanData::getName).toList());
        assertEquals(StatusCode.ERROR, spans.getFirst().getStatus().getStatusCode());
    }

    @Test
    void jobsWithoutATraceHaveOneOfTheirOwnTheSameEverywhere() {
        traceparent = null;
        told(0, 0, new JobEvent.Accepted("00", 0));
        traceparent = "00-nonsense";
        told(0, 0, new JobEvent.Accepted("00", 0));
        assertEquals(spans.get(0).getTraceId(), spans.get(1).getTraceId());
        String other =
                Span.fromContext(Trace.of("another", null)).getSpanContext().getTraceId();
        assertNotEquals(other, spans.get(0).getTraceId());
    }

    @Test
    void aTraceThatIsNotSampledStaysUnsampled() {
        traceparent = "00-%s-%s-00".formatted(TRACE, PARENT);
        told(0, 0, new JobEvent.Accepted("00", 0));
        assertEquals(List.of(), spans);
    }
}
