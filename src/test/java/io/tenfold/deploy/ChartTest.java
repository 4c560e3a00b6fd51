package io.tenfold.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.marcnuri.helm.Helm;
import com.marcnuri.helm.LintResult;
import com.marcnuri.helm.TemplateCommand;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class ChartTest {

    static final Path CHART = Path.of("helm/tenfold");

    /** The files of values in the chart's folder ci, without their ending. */
    static List<String> choices() {
        try (Stream<Path> files = Files.list(CHART.resolve("ci"))) {
            return files.map(file -> file.getFileName().toString().replace("-values.yaml", ""))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static List<ObjectNode> choice(String name) {
        return Manifests.parse(text(name));
    }

    private static String text(String name) {
        return template()
                .withValuesFile(CHART.resolve("ci").resolve(name + "-values.yaml"))
                .call();
    }

    private static TemplateCommand template() {
        return new Helm(CHART)
                .template()
                .withName("tenfold")
                .withNamespace("tenfold")
                .withKubeVersion("1.36.0");
    }

    static List<ObjectNode> with(Map<String, String> values) {
        TemplateCommand template = template();
        values.forEach(template::set);
        return Manifests.parse(template.call());
    }

    @Test
    void theChartPassesTheStrictLinter() {
        LintResult result = new Helm(CHART).lint().strict().call();
        assertFalse(result.isFailed(), () -> String.join("\n", result.getMessages()));
    }

    @ParameterizedTest
    @MethodSource("choices")
    void everyChoiceOfValuesKeepsToSchemasAndPolicies(String name) {
        List<ObjectNode> objects = choice(name);
        assertFalse(objects.isEmpty());
        assertEquals(List.of(), Checks.broken(objects));
    }

    /** What a reader sees in docs/deploy/helm is what the chart makes. */
    @ParameterizedTest
    @MethodSource("choices")
    void theChartIsShownAsItIs(String name) throws IOException {
        String rendered = text(name);
        Path fresh = Files.createDirectories(Path.of("target/deploy/helm")).resolve(name + ".yaml");
        Files.writeString(fresh, rendered);
        Path shown = Path.of("docs/deploy/helm").resolve(name + ".yaml");
        assertTrue(
                Files.exists(shown) && Files.readString(shown).equals(rendered),
                () -> "the chart has changed; copy %s to %s".formatted(fresh, shown));
    }

    @Test
    void whatNeedsAnOperatorIsLeftOutWithoutIt() {
        List<String> kinds = choice("no-operators").stream()
                .map(Manifests::kind)
                .distinct()
                .sorted()
                .toList();
        assertEquals(List.of("ConfigMap", "Deployment", "Service", "ServiceAccount"), kinds);
    }

    @ParameterizedTest
    @CsvSource({
        "scaling.mode,sometimes",
        "runner.device,tpu",
        "image.tag,latest",
        "database.host,''",
        "s3.endpoint,s3.example.org",
        "settings.tenfold\\.leese\\.duration,PT1M",
        "settings.tenfold\\.worker\\.shutdown-budget,PT1M",
        "runner.shutdownBudgetSeconds,58",
        "runner.replicas,3",
        "kafka.securityProtocol,SASL_SSL",
        "externalSecrets.enabled,true",
        "scaling.activeDeadlineSeconds,3600",
    })
    void aValueThatMakesNoSenseIsRefused(String key, String value) {
        RuntimeException e = assertThrows(RuntimeException.class, () -> with(Map.of(key, value)));
        String named = key.startsWith("settings.")
                ? key.substring("settings.".length()).replace("\\.", ".")
                : key.substring(0, key.indexOf('.'));
        assertTrue(
                String.valueOf(e.getMessage()).contains(named), () -> "the message names the value: " + e.getMessage());
    }
}
