package io.tenfold.method.compare;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tenfold.job.CanonicalJson;
import io.tenfold.job.Fields;
import io.tenfold.method.MethodRegistry;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * What races, for how long, and what wins.
 *
 * @param halving successive halving; else every candidate runs to its end
 * @param reductionFactor of halving: the share of candidates that are left after each round, and of steps before it
 * @param seeds how many runs each candidate has, with the request's seed and those after it
 */
record CompareConfig(List<Candidate> candidates, boolean halving, int reductionFactor, int seeds, Rule rule) {

    static final String NAME = "compare";

    /** What all candidates have alike: the rows as they are read, and what they are judged by. */
    private static final List<String> ALIKE =
            List.of("seed", "metric", "max_length", "too_long", "max_predictions", "generate");

    /** Labels are parts of file names. */
    private static final String LABEL = "[A-Za-z0-9][A-Za-z0-9._-]{0,63}";

    /**
     * A method with its options.
     *
     * @param method as a request has it, name included
     * @param training options in place of the request's
     */
    record Candidate(String label, ObjectNode method, ObjectNode training) {

        String name() {
            return method.path("name").asText();
        }

        /** The request that would run it alone. */
        ObjectNode request(JsonNode race, MethodRegistry methods) {
            ObjectNode alone = race.deepCopy();
            alone.set("method", method);
            // They judge the winner, not each.
            alone.remove("gates");
            if (methods.model(name(), method) != null) {
                alone.remove("model");
            }
            ObjectNode merged = race.path("training").isObject()
                    ? race.path("training").deepCopy()
                    : JsonNodeFactory.instance.objectNode();
            merged.setAll(training);
            alone.set("training", merged);
            return alone;
        }
    }

    /**
     * What wins.
     *
     * @param cheapest the one of the least cost among those within {@code margin} of the best; else the best
     * @param cost what is least: {@code seconds}, {@code trainable} or {@code artifact_bytes}
     */
    record Rule(boolean cheapest, double margin, String cost) {}

    static CompareConfig read(Fields f, MethodRegistry methods) {
        List<Candidate> candidates = candidates(f, methods);
        boolean halving =
                f.oneOf("stop", List.of("none", "successive_halving"), "none").equals("successive_halving");
        int factor = f.integer("reduction_factor", 2, 2, 10);
        if (f.has("reduction_factor") && !halving) {
            f.error(
                    "reduction_factor",
                    "%s is for stop successive_halving; leave it out".formatted(f.param("reduction_factor")));
        }
        if (halving && candidates.size() == 2) {
            f.error(
                    "stop",
                    "%s is successive_halving, which stops candidates until two are left, and there are two; leave it out"
                            .formatted(f.param("stop")));
        }
        int seeds = f.integer("seeds", 1, 1, 100);
        return new CompareConfig(candidates, halving, factor, seeds, rule(f.object("winner", false)));
    }

    private static Rule rule(Fields f) {
        boolean cheapest =
                f.oneOf("rule", List.of("best", "cheapest_within"), "best").equals("cheapest_within");
        double margin = f.number("margin", 0.01, x -> x >= 0 && x <= 1, "from 0 to 1");
        String cost = f.oneOf("cost", List.of("seconds", "trainable", "artifact_bytes"), "seconds");
        for (String name : List.of("margin", "cost")) {
            if (f.has(name) && !cheapest) {
                f.error(name, "%s is for rule cheapest_within; leave it out".formatted(f.param(name)));
            }
        }
        f.refuseUnknown();
        return new Rule(cheapest, margin, cost);
    }

    private static List<Candidate> candidates(Fields f, MethodRegistry methods) {
        List<Candidate> candidates = new ArrayList<>();
        Set<String> labels = new HashSet<>();
        Map<Object, String> known = new HashMap<>();
        List<Fields> given = f.objects("candidates");
        for (int i = 0; i < given.size(); i++) {
            Fields each = given.get(i);
            if (f.raw("candidates").get(i) instanceof ObjectNode json) {
                int before = f.errors().size();
                Candidate candidate = candidate(each, json, i + 1, methods);
                if (!labels.add(candidate.label().toLowerCase(Locale.ROOT))) {
                    each.error(
                            "label",
                            "%s is %s, as another candidate is called; give each a label of its own"
                                    .formatted(each.param("label"), candidate.label()));
                }
                String same = f.errors().size() > before
                        ? null
                        : known.put(
                                List.of(
                                        candidate.name(),
                                        methods.options(candidate.name(), candidate.method()),
                                        CanonicalJson.of(candidate.training())),
                                candidate.label());
                if (same != null) {
                    each.error(
                            "name",
                            "%s is the same as candidate %s; leave one out (seeds repeats a candidate)"
                                    .formatted(each.path(), same));
                }
                candidates.add(candidate);
            }
        }
        if (f.has("candidates") && f.raw("candidates").isArray() && given.size() < 2) {
            f.error(
                    "candidates",
                    "%s has %d; a race needs at least two".formatted(f.param("candidates"), given.size()));
        } else if (!f.has("candidates")) {
            f.error(
                    "candidates",
                    "%s is missing; give at least two methods, such as [{\"name\": \"full\"}, {\"name\": \"lora\"}]"
                            .formatted(f.param("candidates")));
        }
        return candidates;
    }

    private static Candidate candidate(Fields f, ObjectNode json, int number, MethodRegistry methods) {
        String name = f.demandedText("name", "lora");
        String label = f.text("label", name + "-" + number);
        if (label == null || !label.matches(LABEL)) {
            f.error(
                    "label",
                    "%s is %s; a label has at most 64 letters, digits, dots, dashes and underscores, and begins with a letter or digit"
                            .formatted(f.param("label"), label));
        }
        // Its fields are read with the whole request, see CompareMethod.check.
        Fields training = f.object("training", false);
        for (String option : ALIKE) {
            if (training.has(option)) {
                training.error(
                        option,
                        "%s is given, but all candidates race with the same %s; give it in the request's training"
                                .formatted(training.param(option), option));
            }
        }
        if (name.equals(NAME)) {
            f.error("name", f.param("name") + " is compare; a race can't race in another, list its candidates here");
        } else if (methods.names().contains(name)) {
            methods.check(name, f);
            f.refuseUnknown(methods::owners);
        } else if (!name.isEmpty()) {
            f.error("name", Fields.notOneOf(f.param("name"), name, methods.names()));
        }
        ObjectNode method = json.deepCopy();
        method.remove(List.of("label", "training"));
        ObjectNode own = json.path("training") instanceof ObjectNode given
                ? given.deepCopy()
                : JsonNodeFactory.instance.objectNode();
        return new Candidate(String.valueOf(label), method, own);
    }
}
