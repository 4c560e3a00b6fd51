package io.tenfold.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Lists the jobs of a running system, over REST. */
@Command(
        name = "jobs",
        mixinStandardHelpOptions = true,
        description = "Lists jobs, newest first: id, state, method, attempt, how far, when it came.",
        footer = {
            "",
            "Examples:",
            "  ./tenfold jobs",
            "  ./tenfold jobs --state failed --limit 5",
            "  ./tenfold jobs --json | jq -r .id"
        })
class JobsCommand implements Callable<Integer> {

    private static final Duration PATIENCE = Duration.ofSeconds(15);
    private static final int OK = 200;
    private static final int CLIENT_ERROR = 4;
    private static final int HUNDRED = 100;

    @Option(names = "--state", description = "queued, running, paused, succeeded, failed, cancelled or rejected")
    @Nullable
    String state;

    @Option(names = "--method", description = "only jobs with this method")
    @Nullable
    String method;

    @Option(names = "--limit", description = "how many (default: ${DEFAULT-VALUE}; at most 200)", defaultValue = "50")
    int limit = 50;

    @Option(names = "--json", description = "each job whole, as one line")
    boolean json;

    @Mixin
    Connection connection = new Connection();

    @Override
    public Integer call() {
        JsonNode jobs = get(connection.http + "/v1/jobs?limit=" + limit + query("state", state)
                        + query("method", method))
                .path("jobs");
        if (json) {
            jobs.forEach(job -> System.out.println(Json.line(job)));
            return ExitStatus.DONE;
        }
        int width = Math.max(3, longestId(jobs));
        String row = "%-" + width + "s  %-9s  %-12s  %7s  %5s  %s%n";
        System.out.printf(row, "JOB", "STATE", "METHOD", "ATTEMPT", "DONE", "SUBMITTED");
        for (JsonNode job : jobs) {
            System.out.printf(
                    row,
                    job.path("id").asText(),
                    job.path("state").asText(),
                    job.path("method").asText(),
                    job.path("attempt").asText(),
                    percent(job),
                    job.path("submitted_at").asText());
        }
        return ExitStatus.DONE;
    }

    private static int longestId(JsonNode jobs) {
        int longest = 0;
        for (JsonNode job : jobs) {
            longest = Math.max(longest, job.path("id").asText().length());
        }
        return longest;
    }

    private static String percent(JsonNode job) {
        if (job.path("state").asText().equals("succeeded")) {
            return "100%";
        }
        return job.path("last_progress").has("percent")
                ? "%.0f%%".formatted(job.path("last_progress").path("percent").asDouble())
                : "";
    }

    private static String query(String name, @Nullable String value) {
        return value == null ? "" : "&" + name + "=" + URLEncoder.encode(value, StandardCharsets.UTF_8);
    }

    private JsonNode get(String address) {
        try (HttpClient client =
                HttpClient.newBuilder().connectTimeout(PATIENCE).build()) {
            HttpRequest request = HttpRequest.newBuilder(URI.create(address))
                    .timeout(PATIENCE)
                    .build();
            HttpResponse<byte[]> answer = client.send(request, HttpResponse.BodyHandlers.ofByteArray());
            JsonNode body = Json.MAPPER.readTree(answer.body());
            if (answer.statusCode() != OK) {
                throw new CommandProblem(
                        answer.statusCode() / HUNDRED == CLIENT_ERROR
                                ? ExitStatus.WRONG_REQUEST
                                : ExitStatus.JOB_FAILED,
                        body.path("detail").asText(connection.http + " answered " + answer.statusCode()));
            }
            return body;
        } catch (IOException e) {
            throw new CommandProblem(
                    ExitStatus.JOB_FAILED,
                    "nothing answers at %s; is the system up ('./tenfold up'), and is --http right?"
                            .formatted(connection.http));
        } catch (IllegalArgumentException e) {
            throw CommandProblem.wrongRequest(
                    "--http is %s; it must be an address such as http://127.0.0.1:8080".formatted(connection.http));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CommandProblem(ExitStatus.INTERRUPTED, "interrupted");
        }
    }
}
