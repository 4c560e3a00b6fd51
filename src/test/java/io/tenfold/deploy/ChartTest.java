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
    private static final Path CHART_WITHOUT_HOOKS = withoutHooks();

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

    /** With the pod of {@code helm test}, which Helm leaves out of what it shows: here it is no hook. */
    static List<ObjectNode> choiceWithTests(String name) {
        return Manifests.parse(text(CHART_WITHOUT_HOOKS, name));
    }

    private static Path withoutHooks() {
        Path copy = Path.of("target/deploy/without-hooks");
        try (Stream<Path> files = Files.walk(CHART)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Path target = copy.resolve(CHART.relativize(file));
                Files.createDirectories(target.getParent());
                Files.writeString(target, Files.readString(file).replaceAll("(?m)^ +helm.sh/hook: .*\\R", ""));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return copy;
    }

    private static String text(String name) {
        return text(CHART, name);
    }

    private static String text(Path chart, String name) {
        return template(chart)
                .withValuesFile(CHART.resolve("ci").resolve(name + "-values.yaml"))
                .call();
    }

    private static TemplateCommand template(Path chart) {
        return new Helm(chart)
                .template()
                .withName("tenfold")
                .withNamespace("tenfold")
                .withKubeVersion("1.36.0");
    }

    static List<ObjectNode> with(Map<String, String> values) {
        TemplateCommand template = template(CHART);
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
        List<ObjectNode> objects = choiceWithTests(name);
        assertFalse(objects.isEmpty());
        assertEquals(List.of(), Checks.broken(objects));
        assertEquals(
                objects.size() - choice(name).size(),
                Manifests.ofKind(objects, "Pod").count(),
                "the pod of helm test is among them, and nothing else is new");
    }

    @Test
    void whereSomethingIsAlwaysOnHelmTestAsksIt() {
        assertEquals(1, Manifests.ofKind(choiceWithTests("cpu"), "Pod").count());
        assertEquals(
                0,
                Manifests.ofKind(choiceWithTests("keda-scale-to-zero"), "Pod").count());
    }

    /** Kubernetes takes 63 characters, and 52 for a CronJob, of whose name it makes the names of Jobs. */
    @Test
    void longNamesOfReleasesAreCut() {
        String name = "the-fine-tuning-service-of-the-search-relevance-team";
        Manifests.parse(template(CHART)
                        .withName(name)
                        .withValuesFile(CHART.resolve("ci/keda-scale-to-zero-values.yaml"))
                        .call())
                .forEach(object -> {
                    int most = Manifests.kind(object).equals("CronJob") ? 52 : 57;
                    assertTrue(Manifests.name(object).length() <= most, Manifests.id(object));
                });
    }

    /** A name in the release's namespace is none in KEDA's. */
    @Test
    void kedaIsToldNamesInFull() {
        ObjectNode scaled = Manifests.ofKind(
                        with(Map.of(
                                "scaling.mode", "scaleToZero",
                                "apiVersions[0]", "keda.sh/v1alpha1",
                                "kafka.bootstrapServers", "one:9092,two.kafka.svc:9092")),
                        "ScaledJob")
                .findFirst()
                .orElseThrow();
        assertEquals(
                "one.tenfold.svc:9092,two.kafka.svc:9092",
                scaled.at("/spec/triggers/0/metadata/bootstrapServers").asText());
        assertEquals(
                "postgresql.tenfold.svc",
                scaled.at("/spec/triggers/1/metadata/host").asText());
    }

    /** Whoever moves a peer or enlarges a volume need not think of the rest. */
    @Test
    void portsAndDiskFollowWhatValuesName() {
        List<ObjectNode> objects = with(Map.of(
                "scaling.mode", "fixed",
                "database.port", "6432",
                "s3.endpoint", "http://store:9000/path",
                "kafka.bootstrapServers", "kafka-0:9094,kafka-1:9095",
                "settings.tenfold\\.registry\\.url", "http://registry:8081/apis/registry/v3",
                "settings.tenfold\\.telemetry\\.otlp-endpoint", "https://collector",
                "runner.workSize", "60Gi"));
        assertEquals(List.of(), Checks.broken(objects));
        String policy = Manifests.find(objects, "NetworkPolicy", "tenfold")
                .orElseThrow()
                .path("spec")
                .toString();
        for (int port : List.of(6432, 9000, 9094, 9095, 8081)) {
            assertTrue(policy.contains("\"port\":" + port + "}"), policy);
        }
        assertEquals(
                "120Gi",
                Manifests.find(objects, "Deployment", "tenfold-runner")
                        .orElseThrow()
                        .at("/spec/template/spec/containers/0/resources/limits/ephemeral-storage")
                        .asText());
    }

    /** The rule that somebody always has to be there is for installations in which somebody always is. */
    @Test
    void nobodyBeingThereIsNoAlarmWhereNothingIsAlwaysOn() {
        assertTrue(alerts("production").contains("TenfoldRelayGone"));
        List<String> alerts = alerts("kafka-sasl-scale-to-zero");
        assertFalse(alerts.contains("TenfoldRelayGone"));
        assertEquals(alerts("production").size() - 1, alerts.size());
    }

    private static List<String> alerts(String name) {
        return Manifests.ofKind(choice(name), "PrometheusRule")
                .flatMap(rule -> rule.findValuesAsText("alert").stream())
                .toList();
    }

    @ParameterizedTest
    @CsvSource({
        "settings.tenfold\\.storage\\.hub\\.token,hf_123,TENFOLD_STORAGE_HUB_TOKEN",
        "settings.tenfold\\.registry\\.token,t,TENFOLD_REGISTRY_TOKEN",
        "settings.kafka\\.sasl\\.jaas\\.config,x,KAFKA_SASL_JAAS_CONFIG",
        "settings.kafka\\.ssl\\.keystore\\.key,x,KAFKA_SSL_KEYSTORE_KEY",
        "settings.quarkus\\.datasource\\.password,x,QUARKUS_DATASOURCE_PASSWORD",
        "settings.quarkus\\.otel\\.exporter\\.otlp\\.headers,authorization: x,QUARKUS_OTEL_EXPORTER_OTLP_HEADERS",
        "settings.tenfold\\.registry\\.url,http://me:secret@registry:8080,TENFOLD_REGISTRY_URL",
        "s3.endpoint,https://me:secret@store,TENFOLD_STORAGE_S3_ENDPOINT",
        "database.name,tenfold?password=x,QUARKUS_DATASOURCE_JDBC_URL",
    })
    void aCredentialInTheOpenIsRefusedWithTheWayOut(String key, String value, String variable) {
        RuntimeException e = assertThrows(RuntimeException.class, () -> with(Map.of(key, value)));
        assertTrue(String.valueOf(e.getMessage()).contains("extraEnv: [{name: " + variable), e.getMessage());
    }

    private static Map<String, String> withOperators(String key, String value) {
        return Map.of(
                key,
                value,
                "kueue.enabled",
                "true",
                "kueue.createQueues",
                "true",
                "apiVersions[0]",
                "keda.sh/v1alpha1",
                "apiVersions[1]",
                "kueue.x-k8s.io/v1beta2");
    }

    @Test
    void aCredentialFromASecretIsTaken() {
        List<ObjectNode> objects = with(Map.of(
                "extraEnv[0].name", "TENFOLD_STORAGE_HUB_TOKEN",
                "extraEnv[0].valueFrom.secretKeyRef.name", "hub",
                "extraEnv[0].valueFrom.secretKeyRef.key", "token"));
        assertEquals(List.of(), Checks.broken(objects));
        assertTrue(objects.toString().contains("TENFOLD_STORAGE_HUB_TOKEN"));
    }

    @ParameterizedTest
    @CsvSource({
        "TENFOLD_STORAGE_HUB_TOKEN,is a credential",
        "QUARKUS_DATASOURCE_USERNAME,the chart gives itself",
        "JDK_JAVA_OPTIONS,the chart gives itself",
    })
    void moreEnvironmentThatCanNotBeIsRefused(String name, String sentence) {
        RuntimeException e = assertThrows(
                RuntimeException.class, () -> with(Map.of("extraEnv[0].name", name, "extraEnv[0].value", "x")));
        assertTrue(String.valueOf(e.getMessage()).contains(sentence), e.getMessage());
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
        "scaling.minReplicas,30",
        "scaling.databaseSslmode,sometimes",
        "runner.resources.limits.cpu,1500m",
        "cache.maxSize,60G",
        "kueue.quota.cpu,''",
    })
    void aValueThatMakesNoSenseIsRefused(String key, String value) {
        RuntimeException e = assertThrows(RuntimeException.class, () -> with(withOperators(key, value)));
        String named = key.startsWith("settings.")
                ? key.substring("settings.".length()).replace("\\.", ".")
                : key.substring(0, key.indexOf('.'));
        assertTrue(
                String.valueOf(e.getMessage()).contains(named), () -> "the message names the value: " + e.getMessage());
    }
}
