package io.tenfold.web;

import static io.restassured.RestAssured.get;
import static io.restassured.RestAssured.given;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.endsWith;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.hasItems;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.matchesPattern;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.ValidatableResponse;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code POST /v1/jobs} over HTTP, Kafka and the database. */
@QuarkusTest
@WithTestResource(Gateway.class)
class SubmitTest {

    @Test
    void aValidRequestIsTakenAndCanBeReadAtItsLocation() {
        String id = Requests.freshId();
        String location = submit(Requests.valid(id))
                .statusCode(202)
                .body("id", equalTo(id))
                .body("request_sha256", matchesPattern("[0-9a-f]{64}"))
                .body("job", equalTo("/v1/jobs/" + id))
                .body("events", equalTo("/v1/jobs/" + id + "/events"))
                .header("Location", endsWith("/v1/jobs/" + id))
                .extract()
                .header("Location");
        get(URI.create(location))
                .then()
                .statusCode(200)
                .body("id", equalTo(id))
                .body("state", equalTo("queued"))
                .body("method", equalTo("lora"))
                .body("request.model", equalTo("s3://models/bert"))
                .body("submitted_at", matchesPattern("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?Z"));
    }

    @Test
    void theExampleOfTheDocumentationIsTaken() {
        submit(Examples.REQUEST).statusCode(202).body("id", equalTo("sst2-lora-7"));
    }

    @Test
    void theSameRequestAgainIsTheSameJob() {
        String id = Requests.freshId();
        String first = hash(submit(Requests.with(id, ", \"training\": {\"learning_rate\": 1e-4, \"epochs\": 2}")));
        String again = hash(submit(Requests.with(id, ", \"training\": {\"epochs\": 2.0, \"learning_rate\": 0.0001}")));
        assertEquals(first, again);
        get("/v1/jobs/{id}/events", id).then().body("findAll { it.type =~ /accepted/ }", hasSize(1));
    }

    @Test
    void aNumberWithManyDigitsHasOneHashOnBothSidesOfTheTopic() {
        String id = Requests.freshId();
        String more = ", \"metadata\": {\"exact\": 0.12345678901234567890123, \"huge\": 1e999}";
        submit(Requests.with(id, more)).statusCode(202);
        submit(Requests.with(id, more)).statusCode(202);
    }

    @Test
    void theSameIdWithAnotherBodyConflictsAndChangesNothing() {
        String id = Requests.submitted();
        submit(Requests.with(id, ", \"priority\": 5"))
                .statusCode(409)
                .contentType("application/problem+json")
                .body("type", equalTo("urn:tenfold:problem:conflict"))
                .body("errors[0].code", equalTo("conflict"))
                .body("errors[0].param", equalTo("id"))
                .body("detail", containsString(id));
        get("/v1/jobs/{id}", id).then().body("priority", equalTo(0));
    }

    @Test
    void ofTwoRequestsWithOneIdAtTheSameTimeOneWins() {
        String id = Requests.freshId();
        List<Integer> statuses = Stream.of(1, 2, 3, 4)
                .map(priority ->
                        CompletableFuture.supplyAsync(() -> submit(Requests.with(id, ", \"priority\": " + priority))
                                .extract()
                                .statusCode()))
                .toList()
                .stream()
                .map(CompletableFuture::join)
                .sorted()
                .toList();
        assertEquals(List.of(202, 409, 409, 409), statuses);
    }

    @Test
    void aBodyWithoutAnIdTakesTheIdempotencyKey() {
        String id = Requests.freshId();
        String body = Requests.valid("x").replace("\"id\": \"x\",", "");
        given().header("Idempotency-Key", id)
                .contentType("application/json")
                .body(body)
                .post("/v1/jobs")
                .then()
                .statusCode(202)
                .body("id", equalTo(id));
        given().header("Idempotency-Key", '"' + id + '"')
                .contentType("application/json")
                .body(body)
                .post("/v1/jobs")
                .then()
                .statusCode(202)
                .body("id", equalTo(id));
    }

    @Test
    void withoutAnyIdAllErrorsAreToldAtOnce() {
        submit(Requests.with("x", ", \"prority\": 1").replace("\"id\": \"x\",", ""))
                .statusCode(400)
                .body("errors.param", equalTo(List.of("id", "prority")))
                .body("errors[0].message", containsString("Idempotency-Key"));
    }

    @Test
    void anIdAndAnotherKeyAreRefused() {
        given().header("Idempotency-Key", "other")
                .contentType("application/json")
                .body(Requests.valid("mine"))
                .post("/v1/jobs")
                .then()
                .statusCode(400)
                .body("detail", containsString("leave one out"));
    }

    @Test
    void everythingThatIsWrongIsToldAtOnceAndNoJobIsMade() {
        String id = Requests.freshId();
        submit("""
                {"id": "%s", "model": "ftp://models/bert", "task": {"type": "sequence_classification"},
                 "data": {"train": "s3://data/train.csv"}, "method": {"name": "lora", "rank": 8},
                 "training": {"epoch": 0, "batch_size": 0}}
                """.formatted(id))
                .statusCode(400)
                .contentType("application/problem+json")
                .body("status", equalTo(400))
                .body("title", equalTo("Bad Request"))
                .body("type", equalTo("urn:tenfold:problem:bad_request"))
                .body("detail", containsString("more, see errors"))
                .body("errors.code.unique()", equalTo(List.of("bad_request")))
                .body(
                        "errors.param",
                        hasItems("model", "method.rank", "training.epoch", "training.batch_size", "output"))
                .body("errors.message", hasItem(containsString("did you mean epochs?")));
        get("/v1/jobs/{id}", id).then().statusCode(404);
    }

    @Test
    void malformedJsonIsToldWithLineAndColumn() {
        submit("{\"id\": \"a\",\n \"model\": oops}")
                .statusCode(400)
                .contentType("application/problem+json")
                .body("detail", containsString("line 2, column"))
                .body("detail", containsString("oops"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"[]", "\"text\"", "3", "null", "", " ", "{} {}", "{\"id\": \"a\", \"id\": \"b\"}", "{\"a\": NaN}"
            })
    void whatIsNotOneObjectIsRefused(String body) {
        submit(body)
                .statusCode(400)
                .contentType("application/problem+json")
                .body("type", equalTo("urn:tenfold:problem:bad_request"));
    }

    @Test
    void bytesThatAreNotTextAreRefused() {
        byte[] bytes = Requests.valid("jäb").getBytes(StandardCharsets.ISO_8859_1);
        given().contentType("application/json")
                .body(bytes)
                .post("/v1/jobs")
                .then()
                .statusCode(400)
                .contentType("application/problem+json");
    }

    @Test
    void aVeryDeepBodyIsRefused() {
        submit("[".repeat(5_000)).statusCode(400).contentType("application/problem+json");
    }

    @Test
    void anIdMayHoldAnyCharacter() {
        String id = "team a/ä?#%20 " + Requests.freshId();
        String location = submit(Requests.valid(id)).statusCode(202).extract().header("Location");
        given().urlEncodingEnabled(false).get(location).then().statusCode(200).body("id", equalTo(id));
        String encoded = URLEncoder.encode(id, StandardCharsets.UTF_8).replace("+", "%20");
        given().urlEncodingEnabled(false)
                .post("/v1/jobs/" + encoded + "/cancel")
                .then()
                .statusCode(202)
                .body("id", equalTo(id));
    }

    private static ValidatableResponse submit(String body) {
        return given().contentType("application/json")
                .body(body)
                .post("/v1/jobs")
                .then();
    }

    private static String hash(ValidatableResponse response) {
        return response.statusCode(202).extract().path("request_sha256");
    }
}
