package io.tenfold.deploy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What KEDA looks at for a worker: the worker's own broker and database, as they are called from KEDA's namespace. */
final class TriggerPolicies {

    /** What docs/operations.md tells to scale on. */
    static final String ROWS = "select count(*) from job where state in ('queued', 'running')";

    /** What nobody publishes while nothing runs. */
    private static final String LATE = "select count(*) from (select 1 from job_event where not published"
            + " and written_at < now() - interval '2 minutes' limit 1) late";

    private final ObjectNode object;
    private final Map<String, String> environment;
    private final List<String> broken = new ArrayList<>();

    private TriggerPolicies(ObjectNode object, Map<String, String> environment) {
        this.object = object;
        this.environment = environment;
    }

    /** What is wrong with the triggers that an object with pods has, itself or by a ScaledObject. */
    static List<String> broken(List<ObjectNode> objects, ObjectNode object, Map<String, String> environment) {
        TriggerPolicies policies = new TriggerPolicies(object, environment);
        Stream.concat(
                        Stream.of(object).filter(own -> own.path("spec").has("triggers")),
                        Manifests.ofKind(objects, "ScaledObject").filter(scaled -> scaled.path("spec")
                                .path("scaleTargetRef")
                                .path("name")
                                .asText()
                                .equals(Manifests.name(object))))
                .forEach(scaled -> policies.check(scaled.path("spec").path("triggers")));
        return policies.broken;
    }

    private void check(JsonNode triggers) {
        triggers.forEach(this::trigger);
        Set<String> seen = Manifests.elements(triggers)
                .map(trigger -> trigger.path("metadata"))
                .map(metadata ->
                        metadata.path("topic").asText(metadata.path("query").asText()))
                .collect(Collectors.toCollection(TreeSet::new));
        boolean everything = !environment.containsKey("TENFOLD_ROLES")
                && !Manifests.podTemplate(object).findValues("args").toString().contains("--roles");
        Set<String> wanted = new TreeSet<>(Set.of(ROWS));
        if (everything) {
            wanted.add(LATE);
            wanted.add(environment.getOrDefault("TENFOLD_TOPICS_REQUESTS", "tenfold.requests"));
            wanted.add(environment.getOrDefault("TENFOLD_TOPICS_COMMANDS", "tenfold.commands"));
        }
        need(seen.equals(wanted), "is scaled by %s, where the work is %s".formatted(seen, wanted));
    }

    private void trigger(JsonNode trigger) {
        JsonNode metadata = trigger.path("metadata");
        if (trigger.path("type").asText().equals("postgresql")) {
            database(metadata);
        } else {
            broker(metadata);
        }
    }

    private void database(JsonNode metadata) {
        Matcher url = WorkerPolicies.POSTGRESQL.matcher(environment.getOrDefault("QUARKUS_DATASOURCE_JDBC_URL", ""));
        String host = metadata.path("host").asText();
        need(
                url.matches()
                        && same(url.group(1), host)
                        && url.group(2).equals(metadata.path("port").asText())
                        && url.group(3).equals(metadata.path("dbName").asText()),
                "counts rows of another database than its worker's");
        need(whole(host), "is asked for in KEDA's own namespace: " + host);
        boolean sameEncryption =
                url.matches() && url.group(4).equals(metadata.path("sslmode").asText());
        boolean ownAuthority =
                environment.getOrDefault("QUARKUS_DATASOURCE_JDBC_URL", "").contains("sslrootcert=");
        need(sameEncryption || ownAuthority, "is counted with other encryption than its worker's");
    }

    private void broker(JsonNode metadata) {
        String[] seen = metadata.path("bootstrapServers").asText().split(",", -1);
        String[] own = environment.getOrDefault("KAFKA_BOOTSTRAP_SERVERS", "").split(",", -1);
        need(seen.length == own.length, "looks at the lag of other brokers than its worker's");
        for (int i = 0; i < Math.min(seen.length, own.length); i++) {
            String host = seen[i].substring(0, seen[i].lastIndexOf(':'));
            need(
                    same(own[i].substring(0, own[i].lastIndexOf(':')), host)
                            && seen[i].endsWith(own[i].substring(own[i].lastIndexOf(':'))),
                    "looks at the lag of another broker than its worker's");
            need(whole(host), "is asked for in KEDA's own namespace: " + host);
        }
        need(
                metadata.path("consumerGroup")
                        .asText()
                        .equals(environment.getOrDefault("TENFOLD_KAFKA_GROUP", "tenfold")),
                "looks at the lag of another group than its worker's");
        need(
                metadata.path("offsetResetPolicy").asText().equals("earliest"),
                "does not see requests that came before the first worker");
    }

    private static boolean same(String own, String fromElsewhere) {
        return fromElsewhere.equals(own) || fromElsewhere.startsWith(own + ".");
    }

    private static boolean whole(String host) {
        return host.contains(".");
    }

    private void need(boolean holds, String sentence) {
        if (!holds) {
            broken.add(Manifests.id(object) + ": " + sentence);
        }
    }
}
