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

/** Each check is shown to catch what it is there for: a mistake is planted into a rendering that has none. */
class PlantedMistakesTest {

    private static final String JOB = "/spec/jobTargetRef/template/spec";
    private static final String POD = "/spec/template/spec";
    private static final String CRON = "/spec/jobTemplate/spec/template/spec";
    private static final String HELM_TEST = "helm test of ";

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
                    keda-scaledjob | ScaledJob | replace | /spec/triggers/0/metadata/query | select count(*) from jobs | is scaled by
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
                    keda-scaledjob | ConfigMap | add | /data/TENFOLD_STORAGE_HUB_TOKEN | hf_123 | in the open
                    keda-scaledjob | ConfigMap | add | /data/TENFOLD_REGISTRY_URL | http://me:secret@registry:5432 | in the open
                    keda-scaledjob | Deployment | remove | @POD/containers/0/env/1 | | before its heap is full
                    keda-scaledjob | Deployment | add | @POD/containers/0/securityContext/runAsUser | 0 | another user
                    keda-scaledjob | ScaledJob | replace | @JOB/containers/0/resources/limits/ephemeral-storage | 60Gi | before its volumes are full
                    keda-scaledjob | ScaledJob | replace | @JOB/containers/0/env/2/valueFrom/secretKeyRef/key | user | nobody is told to make
                    dev | Secret | remove | /stringData/password | | asks the secret
                    keda-scaledjob | TriggerAuthentication | replace | /spec/secretTargetRef/0/name | tenfold-db | no pod reads
                    keda-scaledjob | ScaledJob | replace | @JOB/serviceAccountName | runner | an account that is not there
                    keda-scaledjob | ScaledJob | replace | /spec/triggers/0/metadata/host | postgresql | KEDA's own namespace
                    keda-scaledjob | ScaledJob | replace | /spec/triggers/0/authenticationRef/name | tenfold | logs in with what is not there
                    keda-scale-to-zero | ScaledJob | remove | /spec/triggers/2 | | tenfold.commands
                    keda-scale-to-zero | ScaledJob | replace | /spec/triggers/0/metadata/consumerGroup | team | another group
                    keda-scale-to-zero | CronJob | remove | /spec/jobTemplate/spec/activeDeadlineSeconds | | hang for ever
                    keda-scaledjob | NetworkPolicy | remove | /spec/egress/3 | | QUARKUS_DATASOURCE_JDBC_URL
                    keda-scaledjob | NetworkPolicy | remove | /spec/egress/0 | | asking for names
                    keda-scaledjob | NetworkPolicy | add | /spec/podSelector/matchLabels/app.kubernetes.io~1component | gateway | below no NetworkPolicy
                    kueue | ClusterQueue | replace | /spec/resourceGroups/0/coveredResources | ["cpu", "memory", "nvidia.com/gpu"] | has no quota
                    helm test of keda-scaledjob | Pod | replace | /spec/containers/0/securityContext/readOnlyRootFilesystem | false | write its own program
                    helm test of keda-scaledjob | Pod | remove | /spec/activeDeadlineSeconds | | hang for ever
                    retrain-when-new | CronJob | remove | @CRON/automountServiceAccountToken | | a token for the API server
                    retrain-when-new | CronJob | replace | @CRON/volumes/0/configMap/name | scripts | mounts a ConfigMap
                    """)
    void aPlantedMistakeIsFound(
            String rendering, String kind, String operation, String path, String value, String sentence) {
        List<ObjectNode> objects = new ArrayList<>(rendering(rendering));
        assertEquals(List.of(), Checks.broken(objects));
        String place = path.replace("@JOB", JOB).replace("@POD", POD).replace("@CRON", CRON);
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

    private static List<ObjectNode> rendering(String name) {
        if (name.startsWith(HELM_TEST)) {
            return ChartTest.choiceWithTests(name.substring(HELM_TEST.length()));
        }
        return name.equals("retrain-when-new") ? CronJobExampleTest.objects() : OverlaysTest.overlay(name);
    }

    private static String quoted(String value) {
        return value.matches("\\d+|true|false|\\{.*}|\\[.*]") ? value : "\"" + value + "\"";
    }

    private static JsonNode json(String text) {
        try {
            return Manifests.YAML.readTree(text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
