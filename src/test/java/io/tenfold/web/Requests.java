package io.tenfold.web;

import static io.restassured.RestAssured.given;

import java.util.UUID;

/** Requests as clients send them. */
final class Requests {

    private Requests() {}

    static String freshId() {
        return "job-" + UUID.randomUUID();
    }

    static String valid(String id) {
        return with(id, "");
    }

    /** @param more further fields, beginning with a comma */
    static String with(String id, String more) {
        return """
                {"id": "%s", "model": "s3://models/bert", "task": {"type": "sequence_classification"},
                 "data": {"train": "s3://data/train.csv"}, "method": {"name": "lora"},
                 "output": "s3://artifacts/out"%s}
                """.formatted(id, more);
    }

    /** Submits a job and returns its id. */
    static String submitted() {
        String id = freshId();
        given().contentType("application/json")
                .body(valid(id))
                .post("/v1/jobs")
                .then()
                .statusCode(202);
        return id;
    }
}
