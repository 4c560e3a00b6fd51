package io.tenfold.telemetry;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** What the dashboard and the alert rules ask of Prometheus. */
public final class Queries {

    private static final Path DASHBOARD = Path.of("helm/tenfold/dashboards/tenfold.json");
    private static final Path RULES = Path.of("helm/tenfold/rules/tenfold.yaml");

    private static final Pattern NO_NAMES =
            Pattern.compile("\\{[^}]*}|\\b(by|on|without|ignoring)\\s*\\([^)]*\\)|\"[^\"]*\"");
    private static final Pattern NAME = Pattern.compile("\\b[a-z][a-z0-9]*(_[a-z0-9]+)+\\b(?!\\s*\\()");

    private Queries() {}

    /** The alerts, as they stand in the file. */
    static List<JsonNode> alerts() throws IOException {
        List<JsonNode> alerts = new ArrayList<>();
        YAMLMapper.builder().build().readTree(RULES.toFile()).path("groups").forEach(group -> group.path("rules")
                .forEach(alerts::add));
        return alerts;
    }

    static List<String> ofTheDashboard() throws IOException {
        return JsonMapper.builder().build().readTree(DASHBOARD.toFile()).findValuesAsText("expr");
    }

    /** Every metric that any query names. */
    public static Set<String> metrics() throws IOException {
        List<String> all = new ArrayList<>(ofTheDashboard());
        alerts().forEach(alert -> all.add(alert.path("expr").asText()));
        return metricsIn(all);
    }

    static Set<String> metricsIn(Collection<String> queries) {
        return queries.stream()
                .map(query -> NO_NAMES.matcher(query).replaceAll(" "))
                .flatMap(query -> NAME.matcher(query).results().map(MatchResult::group))
                .collect(Collectors.toCollection(TreeSet::new));
    }
}
