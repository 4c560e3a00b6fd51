package io.tenfold.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.zjsonpatch.JsonPatch;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Each check is shown to catch what it is there for: a mistake is planted into an overlay that has none. */
class PlantedMistakesTest {

    private static final String JOB = "/spec/jobTargetRef/template/spec";
    private static final String POD = "/spec/template/spec";

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    keda-scaledjob | ScaledJob | replace | @JOB/securityContext/runAsUser | 0 | user
                    keda-scaledjob | Deployment | replace | @POD/containers/0/securityContext/allowPrivilegeEscalation | true | privileges
                    keda-scaledjob | ScaledJob | remove | @JOB/containers/0/resources/limits/memory | | no limit of memory
                    keda-scaledjob | Deployment | remove | @POD/containers/0/readinessProbe | | readinessProbe
                    spot | ScaledJob | replace | @JOB/terminationGracePeriodSeconds | 90 | hand over
                    keda-scaledjob | Deployment | replace | @POD/containers/0/image | ghcr.io/tenfold/tenfold:latest | tomorrow
                    keda-scaledjob | Deployment | add | @POD/terminationGracePeriodSecond | 60 | terminationGracePeriodSecond
                    keda-scaledjob | ScaledJob | add | /spec/maxReplicas | 20 | maxReplicas
                    keda-scaledobject | ScaledObject | replace | /spec/scaleTargetRef/name | tenfold-runners | not there
                    keda-scaledjob | ConfigMap | add | /data/TENFOLD_LEESE_DURATION | PT1M | TENFOLD_LEESE_DURATION
                    keda-scaledjob | ConfigMap | replace | /data/QUARKUS_DATASOURCE_JDBC_URL | jdbc:h2:mem:jobs | PostgreSQL
                    keda-scaledjob | ScaledJob | remove | /spec/rollout | | running Jobs
                    keda-scaledjob | ScaledJob | replace | /spec/triggers/0/metadata/query | select count(*) from jobs | query
                    keda-scale-to-zero | ScaledJob | replace | /spec/scalingStrategy/multipleScalersCalculation | max | sum
                    keda-scaledjob-gpu | ScaledJob | replace | @JOB/containers/0/env/6/value | auto | CPU without a word
                    keda-scaledjob | Service | replace | /spec/selector/app.kubernetes.io~1component | gate | selects no pod
                    keda-scaledjob | ConfigMap | replace | /data/TENFOLD_WORK_DIR | /opt/tenfold | write TENFOLD_WORK_DIR
                    kueue | ClusterQueue | replace | /spec/queueingStrategy | BestEffort | queueingStrategy
                    dev | Kafka | add | /spec/kafka/replica | 1 | replica
                    dev | KafkaTopic | replace | /spec/config/retention.ms | 31536000000 | forgets jobs
                    keda-scaledobject | ScaledObject | replace | /spec/triggers/0/metadata/dbName | jobs | another database
                    keda-scaledjob | Deployment | replace | @POD/containers/0/args | worker | args
                    keda-scaledjob | Deployment | add | @POD/containers/0/env/- | {"name": "KAFKA_SASL_JAAS_CONFIG", "value": "secret"} | in the open
                    """)
    void aPlantedMistakeIsFound(
            String overlay, String kind, String operation, String path, String value, String sentence) {
        List<ObjectNode> objects = new ArrayList<>(OverlaysTest.overlay(overlay));
        assertEquals(List.of(), Checks.broken(objects));
        String place = path.replace("@JOB", JOB).replace("@POD", POD);
        int at = Manifests.ofKind(objects, kind)
                .map(objects::indexOf)
                .findFirst()
                .orElseThrow();
        JsonNode patch = json("[{\"op\": \"%s\", \"path\": \"%s\"%s}]"
                .formatted(operation, place, value == null ? "" : ", \"value\": " + quoted(value)));
        objects.set(at, (ObjectNode) JsonPatch.apply(patch, objects.get(at)));
        List<String> broken = Checks.broken(objects);
        assertTrue(broken.stream().anyMatch(found -> found.contains(sentence)), () -> "'%s' is not in %s"
                .formatted(sentence, broken));
    }

    private static String quoted(String value) {
        return value.matches("\\d+|true|false|\\{.*}") ? value : "\"" + value + "\"";
    }

    private static JsonNode json(String text) {
        try {
            return Manifests.YAML.readTree(text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
