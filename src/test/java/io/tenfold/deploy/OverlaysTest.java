package io.tenfold.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class OverlaysTest {

    static final Path K8S = Path.of("k8s");
    private static final Path RENDERED = Path.of("docs/deploy/kustomize");

    static List<String> overlays() {
        try (Stream<Path> folders = Files.list(K8S.resolve("overlays"))) {
            return folders.map(folder -> folder.getFileName().toString())
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static List<ObjectNode> overlay(String name) {
        return Kustomization.render(K8S.resolve("overlays").resolve(name));
    }

    @ParameterizedTest
    @MethodSource("overlays")
    void everyOverlayKeepsToSchemasAndPolicies(String name) {
        List<ObjectNode> objects = overlay(name);
        assertFalse(objects.isEmpty());
        assertEquals(List.of(), Checks.broken(objects));
    }

    /** kustomize itself made the files in docs/deploy/kustomize; k8s/render.sh makes them again. */
    @ParameterizedTest
    @MethodSource("overlays")
    void kustomizeRendersTheSame(String name) {
        assertEquals(
                byId(Manifests.parse(Manifests.text(RENDERED.resolve(name + ".yaml")))),
                byId(overlay(name)),
                "k8s has changed; run k8s/render.sh, which needs kubectl");
    }

    static Map<String, ObjectNode> byId(List<ObjectNode> objects) {
        return objects.stream()
                .collect(Collectors.toMap(Manifests::id, object -> object, (one, other) -> one, TreeMap::new));
    }
}
