package io.tenfold.web;

import static io.restassured.RestAssured.get;
import static io.restassured.RestAssured.given;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Commands go over their topic to the row. */
@QuarkusTest
@WithTestResource(Gateway.class)
class CommandsTest {

    @Test
    void aWaitingJobIsCancelledAndCanNotBeCancelledTwice() {
        String id = Requests.submitted();
        given().post("/v1/jobs/{id}/cancel", id)
                .then()
                .statusCode(202)
                .body("id", equalTo(id))
                .body("command", equalTo("cancel"));
        awaitState(id, "cancelled");
        get("/v1/jobs/{id}", id).then().body("terminal.job_id", equalTo(id));
        given().post("/v1/jobs/{id}/cancel", id)
                .then()
                .statusCode(409)
                .contentType("application/problem+json")
                .body("detail", containsString("is cancelled"));
    }

    @Test
    void aCancelledJobSubmittedAgainIsTheSameCancelledJob() {
        String id = Requests.submitted();
        given().post("/v1/jobs/{id}/cancel", id).then().statusCode(202);
        awaitState(id, "cancelled");
        given().contentType("application/json")
                .body(Requests.valid(id))
                .post("/v1/jobs")
                .then()
                .statusCode(202);
        get("/v1/jobs/{id}", id).then().body("state", equalTo("cancelled"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"cancel", "pause", "resume"})
    void anUnknownJobTakesNoCommand(String command) {
        given().post("/v1/jobs/nobody/" + command).then().statusCode(404).contentType("application/problem+json");
    }

    @ParameterizedTest
    @ValueSource(strings = {"pause", "resume"})
    void aWaitingJobTakesEveryCommand(String command) {
        String id = Requests.submitted();
        given().post("/v1/jobs/{id}/" + command, id).then().statusCode(202).body("command", equalTo(command));
    }

    @Test
    void aCommandThatDoesNotExistIsNotFound() {
        String id = Requests.submitted();
        given().post("/v1/jobs/{id}/restart", id).then().statusCode(404).contentType("application/problem+json");
    }

    private static void awaitState(String id, String state) {
        Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .until(() -> get("/v1/jobs/{id}", id).path("state"), state::equals);
    }
}
