package io.tenfold.job;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TraceContextTest {

    private static final String IDS = "0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331";
    private static final String PARENT = "00-" + IDS + "-01";

    @Test
    void aValidTraceIsTakenAsItIs() {
        assertEquals(new TraceContext(PARENT, "a=1,b@c=2"), TraceContext.of(PARENT, "a=1, b@c=2"));
        assertEquals(new TraceContext(PARENT, null), TraceContext.of(PARENT, null));
        assertEquals(new TraceContext("00-" + IDS + "-00", null), TraceContext.of("00-" + IDS + "-00", ""));
    }

    @Test
    void aLaterVersionIsTakenForWhatItShares() {
        assertEquals(new TraceContext(PARENT, "a=1"), TraceContext.of("cc-" + IDS + "-01-what-will-be", "a=1"));
        assertEquals(new TraceContext(PARENT, null), TraceContext.of("01-" + IDS + "-01", null));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "nonsense",
                "ff-" + IDS + "-01",
                "00-" + IDS + "-01-more",
                "00-" + IDS + "-1",
                "00-" + IDS,
                "cc-" + IDS + "-01.more",
                " 00-" + IDS + "-01",
                "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
                "00-00000000000000000000000000000000-b7ad6b7169203331-01",
                "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01"
            })
    void aTraceparentThatIsNotValidIsIgnoredWithItsState(String traceparent) {
        assertNull(TraceContext.of(traceparent, "a=1"));
    }

    @Test
    void withoutATraceparentThereIsNothing() {
        assertNull(TraceContext.of(null, "a=1"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "a=", "A=1", "a=1,a=2", "a=1=2", "a=ä", " , ,", "a=1,b"})
    void aStateThatIsNotValidIsIgnoredAlone(String tracestate) {
        assertEquals(new TraceContext(PARENT, null), TraceContext.of(PARENT, tracestate));
    }

    @ParameterizedTest
    @CsvSource({"32, 32", "33, 0"})
    void aStateHas32MembersAtMost(int given, int kept) {
        assertEquals(kept, members(state(given, 1)));
    }

    @Test
    void aLongStateKeepsWhatFitsFromItsBeginning() {
        String state = state(20, 60);
        TraceContext trace = TraceContext.of(PARENT, state);
        assertNotNull(trace);
        assertEquals(state.substring(0, state.indexOf(",k8=")), trace.tracestate());
    }

    private static String state(int members, int valueLength) {
        return IntStream.range(0, members)
                .mapToObj(i -> "k%d=%s".formatted(i, "v".repeat(valueLength)))
                .collect(Collectors.joining(","));
    }

    private static int members(String state) {
        TraceContext trace = TraceContext.of(PARENT, state);
        assertNotNull(trace);
        @Nullable String kept = trace.tracestate();
        return kept == null ? 0 : kept.split(",").length;
    }
}
