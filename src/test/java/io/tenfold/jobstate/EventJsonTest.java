package io.tenfold.jobstate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobError;
import io.tenfold.job.JobEvent;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class EventJsonTest {

    private static int bytes(JobEvent event) {
        return EventJson.own(event).getBytes(StandardCharsets.UTF_8).length;
    }

    @Test
    void whatIsLongInBytesIsCutThoughItIsShortInCharacters() {
        JobError error = new JobError(ErrorCode.BAD_REQUEST, "\u6f22".repeat(200_000), "\u5b57".repeat(100_000));
        JobEvent event = new JobEvent.Failed(error, 7, "s3://artifacts/step-7");
        assertTrue(bytes(event) <= EventJson.MAX_BYTES);
        assertEquals(7, EventJson.parse(EventJson.own(event)).path("step").asInt());
    }

    @Test
    void aMapOfAHundredThousandLabelsIsCut() {
        Map<String, Object> metrics = IntStream.range(0, 100_000)
                .boxed()
                .collect(Collectors.toMap("f1_of_label_%06d"::formatted, i -> i / 7.0, (a, b) -> a, TreeMap::new));
        assertTrue(bytes(new JobEvent.Evaluated(null, 1, "validation", metrics)) <= EventJson.MAX_BYTES);
    }
}
