package io.tenfold.web;

import static io.restassured.RestAssured.get;
import static io.restassured.RestAssured.given;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** Whatever goes wrong is told in one shape. */
@QuarkusTest
@WithTestResource(Gateway.class)
class ProblemsTest {

    @Test
    void anUnknownAddressIsAProblem() {
        get("/v1/job")
                .then()
                .statusCode(404)
                .contentType("application/problem+json")
                .body("type", equalTo("about:blank"))
                .body("title", equalTo("Not Found"))
                .body("status", equalTo(404));
        get("/nowhere").then().statusCode(404).contentType("application/problem+json");
    }

    @Test
    void anUnknownJobIsAProblem() {
        get("/v1/jobs/nobody")
                .then()
                .statusCode(404)
                .contentType("application/problem+json")
                .body("detail", containsString("nobody"));
    }

    @Test
    void aWrongMethodIsAProblem() {
        given().delete("/v1/jobs")
                .then()
                .statusCode(405)
                .contentType("application/problem+json")
                .body("title", equalTo("Method Not Allowed"));
    }

    @Test
    void aWrongMediaTypeIsAProblem() {
        given().contentType("text/plain")
                .body("hello")
                .post("/v1/jobs")
                .then()
                .statusCode(415)
                .contentType("application/problem+json")
                .body("detail", containsString("application/json"));
        given().accept("image/png").get("/v1/jobs").then().statusCode(406).contentType("application/problem+json");
    }

    @Test
    void aBodyThatSaysItIsTooLargeIsRefused() {
        given().contentType("application/json")
                .body(Requests.with(
                        "a", ", \"metadata\": {\"x\": \"%s\"}".formatted("x".repeat(Gateway.LARGEST_REQUEST))))
                .post("/v1/jobs")
                .then()
                .statusCode(413)
                .contentType("application/problem+json")
                .body("detail", containsString(String.valueOf(Gateway.LARGEST_REQUEST)));
    }

    @Test
    void aBodyBeyondTheServersOwnLimitIsRefusedInTheSameWords() throws IOException {
        assertTrue(send("Content-Length: 99999999999\r\n", "").contains("tenfold.web.max-request-size"));
    }

    @Test
    void aBodyOfUnknownLengthIsRefusedOnceItIsTooLarge() throws IOException {
        StringBuilder chunks = new StringBuilder();
        for (int i = 0; i < 30; i++) {
            chunks.append("400\r\n").append(" ".repeat(1_024)).append("\r\n");
        }
        String answer = send(
                "Transfer-Encoding: chunked\r\n", chunks.append("0\r\n\r\n").toString());
        assertTrue(answer.startsWith("HTTP/1.1 413"), answer);
        assertTrue(answer.contains("application/problem+json"), answer);
    }

    @Test
    void theApplicationTellsItsHealth() {
        get("/q/health/live").then().statusCode(200).body("status", equalTo("UP"));
    }

    /** Plain bytes, since no client would send what these tests send. */
    private String send(String header, String body) throws IOException {
        try (Socket socket = new Socket("localhost", RestAssured.port)) {
            socket.setSoTimeout(20_000);
            OutputStream out = socket.getOutputStream();
            out.write(
                    "POST /v1/jobs HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\nConnection: close\r\n%s\r\n%s"
                            .formatted(header, body)
                            .getBytes(StandardCharsets.US_ASCII));
            out.flush();
            InputStream in = socket.getInputStream();
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
