package io.tenfold.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The chart with the values of an overlay's name makes what the overlay makes. */
class AgreementTest {

    /** What Helm says about itself, and what stands where a value was not given. */
    private static final Set<String> HELMS = Set.of(
            "helm.sh/chart",
            "app.kubernetes.io/managed-by",
            "app.kubernetes.io/instance",
            "app.kubernetes.io/version",
            "checksum/config");

    static Stream<String> both() {
        return OverlaysTest.overlays().stream().filter(ChartTest.choices()::contains);
    }

    @ParameterizedTest
    @MethodSource("both")
    void chartAndOverlayMakeTheSame(String name) {
        List<ObjectNode> chart = ChartTest.choice(name).stream()
                .filter(object -> !object.path("metadata").path("annotations").has("helm.sh/hook"))
                .toList();
        assertEquals(OverlaysTest.byId(plain(OverlaysTest.overlay(name))), OverlaysTest.byId(plain(chart)));
    }

    @Test
    void theProgramTheChartAndTheOverlaysHaveOneVersion() {
        JsonNode chart = Manifests.parse(Manifests.text(ChartTest.CHART.resolve("Chart.yaml")))
                .getFirst();
        String version = chart.path("appVersion").asText();
        assertTrue(Manifests.text(Path.of("pom.xml")).contains("<version>" + version + "-SNAPSHOT</version>")
                || Manifests.text(Path.of("pom.xml")).contains("<version>" + version + "</version>"));
        JsonNode images = Manifests.parse(Manifests.text(Path.of("k8s/components/images/kustomization.yaml")))
                .getFirst()
                .path("images");
        assertEquals(version, images.path(0).path("newTag").asText());
        assertEquals(version + "-gpu", images.path(1).path("newTag").asText());
    }

    private static List<ObjectNode> plain(List<ObjectNode> objects) {
        objects.forEach(AgreementTest::plain);
        return objects;
    }

    private static void plain(JsonNode tree) {
        tree.forEach(AgreementTest::plain);
        if (tree instanceof ObjectNode object) {
            object.remove(HELMS);
            // The default, which the overlays leave to the server.
            if (object.path("imagePullPolicy").asText().equals("IfNotPresent")) {
                object.remove("imagePullPolicy");
            }
            Stream.of("labels", "annotations")
                    .filter(map -> object.has(map) && object.path(map).isEmpty())
                    .toList()
                    .forEach(object::remove);
        }
        // A map of Helm's has its own order; these lists are sets.
        if (tree.path("preferredDuringSchedulingIgnoredDuringExecution") instanceof ArrayNode terms) {
            List<JsonNode> sorted = Manifests.elements(terms)
                    .sorted(Comparator.comparing(JsonNode::toString))
                    .toList();
            terms.removeAll().addAll(sorted);
        }
    }
}
