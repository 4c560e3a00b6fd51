package io.tenfold.telemetry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Every alert tells who reads it what to do. That every metric of a query exists is seen where a program runs. */
class RunbookTest {

    private static final Pattern OURS = Pattern.compile("`(tenfold_[a-z_]+)(\\{[^}]*})?`");

    private static List<String> sections() throws IOException {
        return Arrays.stream(Files.readString(Path.of("docs/runbook.md")).split("\n## "))
                .skip(1)
                .toList();
    }

    @Test
    void everyAlertHasItsSectionAndEverySectionItsAlert() throws IOException {
        List<String> alerts = Queries.alerts().stream()
                .map(rule -> rule.path("alert").asText())
                .toList();
        assertFalse(alerts.isEmpty());
        assertEquals(
                alerts,
                sections().stream()
                        .map(section -> section.lines().findFirst().orElseThrow())
                        .toList());
    }

    @Test
    void aSectionSaysWhatItMeansWhatToLookAtAndWhatToDo() throws IOException {
        for (String section : sections()) {
            for (String part : List.of("**Means.** ", "**Look at.** ", "**Do.** ")) {
                assertTrue(section.contains("\n" + part), section);
            }
        }
    }

    @Test
    void anAlertSaysHowBadItIsAndWhereToRead() throws IOException {
        for (JsonNode alert : Queries.alerts()) {
            String name = alert.path("alert").asText();
            assertTrue(
                    Set.of("critical", "warning", "info")
                            .contains(alert.at("/labels/severity").asText()),
                    name);
            assertFalse(alert.at("/annotations/summary").asText().isBlank(), name);
            assertFalse(alert.at("/annotations/description").asText().isBlank(), name);
            assertEquals(
                    "docs/runbook.md#" + name.toLowerCase(Locale.ROOT),
                    alert.at("/annotations/runbook").asText());
        }
    }

    @Test
    void namesOfMetricsAreFoundInQueries() {
        assertEquals(
                Set.of("a_b", "c_d_total"),
                Queries.metricsIn(List.of(
                        "sum by (le_x) (rate(a_b{e_f=\"g_h\"}[1h])) / on (i_j) histogram_quantile(0.5, c_d_total)")));
    }

    @Test
    void everyMetricOfOursInAQueryStandsInTheDocumentation() throws IOException {
        Set<String> told = OURS.matcher(Files.readString(Path.of("docs/operations.md")))
                .results()
                .map(name -> name.group(1))
                .collect(Collectors.toSet());
        for (String metric : Queries.metrics()) {
            String bare = metric.replaceAll("_(bucket|sum|count)$", "");
            assertTrue(!metric.startsWith("tenfold_") || told.contains(bare), metric);
        }
    }
}
