package io.tenfold.web;

import static io.restassured.RestAssured.given;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.http.Header;
import io.restassured.http.Headers;
import io.tenfold.messaging.Records;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.Test;

/** The trace of an HTTP client, from its request to the job's record and events. */
@QuarkusTest
@WithTestResource(Gateway.class)
class TraceTest {

    private static final String PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    @ConfigProperty(name = "kafka.bootstrap.servers")
    String bootstrap = "";

    @Test
    void aJobJoinsTheTraceOfItsClient() {
        String id = submit(new Header("traceparent", PARENT), new Header("tracestate", "rojo=1,congo=t61"));
        for (ConsumerRecord<byte[], byte[]> record : List.of(request(id), accepted(id))) {
            assertEquals(PARENT, Records.header(record, "traceparent"));
            assertEquals("rojo=1,congo=t61", Records.header(record, "tracestate"));
        }
    }

    @Test
    void aStateInTwoHeadersIsOne() {
        String id = submit(
                new Header("traceparent", PARENT), new Header("tracestate", "rojo=1"), new Header("tracestate", "b=2"));
        assertEquals("rojo=1,b=2", Records.header(accepted(id), "tracestate"));
    }

    @Test
    void aTraceThatIsNotValidIsIgnoredAndTheRequestTaken() {
        String unreadable =
                submit(new Header("traceparent", PARENT.replace("-01", "-1")), new Header("tracestate", "rojo=1"));
        String ambiguous =
                submit(new Header("traceparent", PARENT), new Header("traceparent", PARENT.replace("-b7", "-c7")));
        for (String id : List.of(unreadable, ambiguous, submit())) {
            for (ConsumerRecord<byte[], byte[]> record : List.of(request(id), accepted(id))) {
                assertNull(record.headers().lastHeader("traceparent"));
                assertNull(record.headers().lastHeader("tracestate"));
            }
        }
    }

    private static String submit(Header... trace) {
        String id = Requests.freshId();
        List<Header> headers = new ArrayList<>(List.of(trace));
        headers.add(new Header("content-type", "application/json"));
        given().headers(new Headers(headers))
                .body(Requests.valid(id))
                .post("/v1/jobs")
                .then()
                .statusCode(202);
        return id;
    }

    private ConsumerRecord<byte[], byte[]> request(String id) {
        return only("tenfold.requests", id);
    }

    private ConsumerRecord<byte[], byte[]> accepted(String id) {
        return only("tenfold.events", id);
    }

    private ConsumerRecord<byte[], byte[]> only(String topic, String id) {
        byte[] key = id.getBytes(StandardCharsets.UTF_8);
        return new Records(bootstrap)
                .read(topic, 1, record -> Arrays.equals(key, record.key()))
                .getFirst();
    }
}
