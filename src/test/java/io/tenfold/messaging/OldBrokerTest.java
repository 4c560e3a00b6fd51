package io.tenfold.messaging;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.tenfold.jobstate.Requests;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.Test;

@QuarkusTest
@TestProfile(Gateway.OnOldBroker.class)
class OldBrokerTest {

    @ConfigProperty(name = "kafka.bootstrap.servers")
    String bootstrap = "";

    @Test
    void aRequestGoesInAndItsEventComesOut() {
        Records records = new Records(bootstrap);
        records.send("tenfold.requests", null, Requests.lora("old").toString().getBytes(UTF_8));
        var events = records.read("tenfold.events", 1, record -> true);
        assertEquals("old/1", Records.json(events.getFirst()).path("id").asText());
    }
}
