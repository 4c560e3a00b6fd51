package io.tenfold.web;

import static io.restassured.RestAssured.get;
import static io.restassured.RestAssured.given;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.everyItem;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.nullValue;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

/** {@code GET /v1/jobs}. */
@QuarkusTest
@WithTestResource(Gateway.class)
class ListTest {

    @Test
    void jobsComeNewestFirst() {
        String older = Requests.submitted();
        String newer = Requests.submitted();
        List<String> ids = get("/v1/jobs?limit=200").path("jobs.id");
        assertTrue(ids.contains(older) && ids.indexOf(newer) < ids.indexOf(older), ids::toString);
    }

    @Test
    void pagesFollowTheLinkAndHoldEveryJobOnce() {
        List<String> submitted = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            submitted.add(Requests.submitted());
        }
        Collections.reverse(submitted);
        List<String> seen = new ArrayList<>();
        Response page = get("/v1/jobs?method=lora&limit=2");
        while (true) {
            seen.addAll(page.path("jobs.id"));
            String link = page.header("Link");
            if (link == null) {
                break;
            }
            assertTrue(link.matches("<http://.+/v1/jobs\\?.+>; rel=\"next\"") && link.contains("method=lora"), link);
            assertTrue(link.contains("after=" + page.path("next")), link);
            page = given().urlEncodingEnabled(false).get(link.substring(1, link.indexOf('>')));
            page.then().statusCode(200);
        }
        page.then().body("next", nullValue());
        seen.retainAll(submitted);
        assertEquals(submitted, seen);
    }

    @Test
    void aListLeavesTheRequestsOut() {
        String id = Requests.submitted();
        get("/v1/jobs?limit=200").then().body("jobs.id", hasItem(id)).body("jobs.request", everyItem(nullValue()));
        get("/v1/jobs/" + id).then().body("request.id", equalTo(id));
    }

    @Test
    void stateAndMethodFilter() {
        String full = Requests.freshId();
        given().contentType("application/json")
                .body(Requests.valid(full).replace("\"lora\"", "\"full\""))
                .post("/v1/jobs")
                .then()
                .statusCode(202);
        get("/v1/jobs?method=full&state=queued")
                .then()
                .body("jobs.method", everyItem(equalTo("full")))
                .body("jobs.state", everyItem(equalTo("queued")))
                .body("jobs.id", hasItem(full));
        get("/v1/jobs?method=lora").then().body("jobs.id", not(hasItem(full)));
        get("/v1/jobs?state=running").then().body("jobs.id", not(hasItem(full)));
    }

    @Test
    void whatIsWrongInTheQueryIsToldAtOnce() {
        get("/v1/jobs?sate=queued&limit=0&method=lorra")
                .then()
                .statusCode(400)
                .contentType("application/problem+json")
                .body("errors.param", equalTo(List.of("method", "limit", "sate")))
                .body("errors[0].message", containsString("did you mean lora?"))
                .body("errors[2].message", containsString("did you mean state?"));
        get("/v1/jobs?limit=many").then().statusCode(400);
        get("/v1/jobs?state=queued&state=running").then().statusCode(400);
        get("/v1/jobs?after=nonsense").then().statusCode(400).contentType("application/problem+json");
    }
}
