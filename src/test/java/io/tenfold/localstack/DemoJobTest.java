package io.tenfold.localstack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tenfold.job.RequestReader;
import io.tenfold.method.GoldenJob;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** What the demo asks for, and the rows that it uploads. */
class DemoJobTest {

    @Test
    void everyMethodHasADemoThatTheDoorAccepts() {
        RequestReader reader = new RequestReader(GoldenJob.allMethods(), (_, _) -> {});
        Set<String> all = new HashSet<>(GoldenJob.allMethods().names());
        all.remove("compare");
        assertEquals(all, new HashSet<>(DemoJob.methods()));
        List<DemoJob> jobs =
                new ArrayList<>(DemoJob.methods().stream().map(DemoJob::of).toList());
        jobs.add(DemoJob.race());
        jobs.add(DemoJob.answering());
        for (DemoJob job : jobs) {
            RequestReader.Result read = reader.read(job.request(), job.id());
            assertTrue(read instanceof RequestReader.Result.Valid, () -> job.id() + ": " + read);
        }
        assertEquals(6, DemoJob.race().request().at("/method/candidates").size());
    }

    @Test
    void whatARequestNamesIsUploaded() {
        Map<String, String> files = DemoData.files();
        for (String method : DemoJob.methods()) {
            for (JsonNode location : texts(DemoJob.of(method).request().path("data"))) {
                if (location.asText().startsWith("s3://")) {
                    assertNotNull(files.get(location.asText().replace("s3://data/support/", "")), location.asText());
                }
            }
        }
    }

    @Test
    void theShopAnswersEveryClass() {
        Map<String, String> files = DemoData.conversations();
        assertEquals(200, lines(files, "train").size());
        assertEquals(40, lines(files, "validation").size());
        Set<String> answers = new HashSet<>();
        for (String line : lines(files, "train")) {
            JsonNode messages = json(line).path("messages");
            assertEquals("user", messages.path(0).path("role").asText());
            answers.add(messages.path(1).path("content").asText());
        }
        assertEquals(12, answers.size());
        assertTrue(answers.stream().allMatch(answer -> answer.endsWith("Mara from the shop")), answers.toString());
        for (JsonNode location : texts(DemoJob.answering().request().path("data"))) {
            assertNotNull(files.get(location.asText().replace("s3://data/support/", "")), location.asText());
        }
    }

    private static List<String> lines(Map<String, String> files, String split) {
        return Objects.requireNonNull(files.get("answers.%s.jsonl".formatted(split)))
                .lines()
                .toList();
    }

    private static JsonNode json(String line) {
        try {
            return new ObjectMapper().readTree(line);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(line, e);
        }
    }

    private static List<JsonNode> texts(JsonNode node) {
        List<JsonNode> texts = new ArrayList<>();
        if (node.isTextual()) {
            texts.add(node);
        }
        node.valueStream().forEach(child -> texts.addAll(texts(child)));
        return texts;
    }

    @Test
    void theRowsAreThoseOfTheCommittedSet() {
        Map<String, String> files = DemoData.files();
        for (String split : List.of("train", "validation")) {
            assertEquals(
                    rows(SupportMessages.resource("support.%s.csv".formatted(split))),
                    rows(text(files, "support", split)));
            assertEquals(
                    rows(text(files, "support", split)).size(),
                    rows(text(files, "goods", split)).size()
                            + rows(text(files, "money", split)).size());
            assertEquals(Set.of("question", "statement"), labels(text(files, "asks", split)));
            assertEquals(Set.of("delivery", "return", "fault"), labels(text(files, "goods", split)));
            assertEquals(6, labels(text(files, "chat", split)).size());
            assertTrue(text(files, "chat", split).lines().skip(1).noneMatch(row -> row.contains("please")));
        }
    }

    private static String text(Map<String, String> files, String name, String split) {
        String text = files.get("%s.%s.csv".formatted(name, split));
        assertNotNull(text, name);
        return text;
    }

    private static List<String> rows(String csv) {
        return csv.lines().skip(1).toList();
    }

    private static Set<String> labels(String csv) {
        return rows(csv).stream()
                .map(row -> row.substring(row.lastIndexOf(',') + 1))
                .collect(Collectors.toSet());
    }
}
