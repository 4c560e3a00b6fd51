package io.tenfold.method.prompt;

import com.fasterxml.jackson.databind.JsonNode;
import io.tenfold.data.RowEncoder;
import io.tenfold.data.TextTokenizer;
import io.tenfold.job.Fields;
import io.tenfold.job.FineTuneRequest;
import io.tenfold.job.JobException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * {@code kind: hard}: texts around the row's, and words for the labels (Schick and Schütze 2021, arXiv:2001.07676).
 *
 * @param templates tried in this order
 * @param verbalizer the words of each label
 * @param calibrate divide by what the model says of inputs without content (Zhao et al. 2021, arXiv:2102.09690)
 * @param shots rows of each class to train on; 0: nothing is trained
 * @param select what is kept of several templates
 */
record HardConfig(
        List<String> templates, Map<String, List<String>> verbalizer, boolean calibrate, int shots, Select select)
        implements PromptConfig {

    static final List<String> OPTIONS = List.of("templates", "verbalizer", "calibrate", "shots", "select");

    /** The template that scores best on the validation rows, or all: the mean of their probabilities. */
    enum Select {
        BEST,
        ENSEMBLE
    }

    static HardConfig read(Fields f) {
        String select = f.oneOf("select", List.of("best", "ensemble"), "best");
        return new HardConfig(
                templates(f),
                verbalizer(f),
                f.flag("calibrate", false),
                f.integer("shots", 0, 0, 1_000_000),
                select.equals("best") ? Select.BEST : Select.ENSEMBLE);
    }

    /** Reports what does not go with the request's task and data. */
    void check(FineTuneRequest request, Fields f) {
        switch (request.task().type()) {
            case SEQUENCE_CLASSIFICATION -> {}
            case REGRESSION ->
                f.error(
                        "kind",
                        "%s is hard, which names labels by words; a regression has none: take kind soft, or another method"
                                .formatted(f.param("kind")));
            case TOKEN_CLASSIFICATION ->
                f.error(
                        "kind",
                        "%s is hard, whose mask stands for the label of a whole text; token_classification labels each word: take kind soft, or another method"
                                .formatted(f.param("kind")));
            case CAUSAL_LM, PREFERENCE ->
                f.error(
                        "kind",
                        "%s is hard, whose mask stands for a label; %s has none: take another method"
                                .formatted(
                                        f.param("kind"), request.task().type().wire()));
        }
        boolean pairs = request.data().columns().text2() != null;
        for (String template : templates) {
            checkTexts(template, pairs, f);
        }
        if (templates.size() > 1 && request.data().validation() == null && select == Select.BEST) {
            f.error(
                    "select",
                    "%s is best, but there are %d templates and no rows to choose by; give data.validation or one template, or take ensemble"
                            .formatted(f.param("select"), templates.size()));
        }
        List<String> labels = request.task().labels();
        if (labels != null && !verbalizer.isEmpty()) {
            checkLabels(labels, f);
        }
    }

    /**
     * What fills the templates.
     *
     * @throws JobException bad_request for words that the model doesn't know and templates that it can't fill, bad_model for
     *     an encoder without a mask token
     */
    RowEncoder encoder(TextTokenizer tokenizer) {
        Verbalizer words = Verbalizer.of(verbalizer, List.copyOf(verbalizer.keySet()), tokenizer);
        Gap gap = Gap.of(tokenizer, templates.stream().map(Template::of).toList(), words);
        if (shots > 0) {
            gap.demandOneToken();
        }
        return gap.encoder();
    }

    private static void checkTexts(String template, boolean pairs, Fields f) {
        if (!Template.problem(template).isEmpty()) {
            return;
        }
        boolean two = Template.of(template).takesTwoTexts();
        if (two && !pairs) {
            f.error(
                    "templates",
                    "%s: \"%s\" has {text2}, but the rows have one text; name data.columns.text2, or leave {text2} out"
                            .formatted(f.param("templates"), template));
        }
        if (!two && pairs) {
            f.error(
                    "templates",
                    "%s: \"%s\" has no {text2}, but the rows have two texts; give the second a place, or leave data.columns.text2 out"
                            .formatted(f.param("templates"), template));
        }
    }

    private void checkLabels(List<String> labels, Fields f) {
        String param = f.param("verbalizer");
        for (String label : labels) {
            if (!verbalizer.containsKey(label)) {
                f.error("verbalizer", "%s lacks the label %s of task.labels; give it a word".formatted(param, label));
            }
        }
        for (String label : verbalizer.keySet()) {
            if (!labels.contains(label)) {
                f.error(
                        "verbalizer",
                        "%s has %s, which is none of task.labels; these are %s"
                                .formatted(param, label, String.join(", ", labels)));
            }
        }
    }

    private static List<String> templates(Fields f) {
        if (!f.has("templates")) {
            f.error(
                    "templates",
                    "%s is missing; kind hard needs at least one, such as \"{text} It was [MASK].\""
                            .formatted(f.param("templates")));
            return List.of();
        }
        List<String> templates = f.texts("templates");
        if (templates == null) {
            return List.of();
        }
        if (templates.isEmpty()) {
            f.error(
                    "templates",
                    "%s is an empty list; give at least one, such as \"{text} It was [MASK].\""
                            .formatted(f.param("templates")));
        }
        for (String template : templates) {
            String problem = Template.problem(template);
            if (!problem.isEmpty()) {
                f.error("templates", "%s: \"%s\" %s".formatted(f.param("templates"), template, problem));
            }
        }
        return templates;
    }

    private static Map<String, List<String>> verbalizer(Fields f) {
        Map<String, List<String>> words = new LinkedHashMap<>();
        if (!f.has("verbalizer")) {
            f.error(
                    "verbalizer",
                    "%s is missing; kind hard needs a word for each label, such as {\"positive\": \"great\", \"negative\": \"terrible\"}"
                            .formatted(f.param("verbalizer")));
            return words;
        }
        Fields labels = f.object("verbalizer", true);
        JsonNode given = f.raw("verbalizer");
        if (given.isObject() && given.size() < 2) {
            f.error(
                    "verbalizer",
                    "%s has %d labels; it must have words for at least two"
                            .formatted(f.param("verbalizer"), given.size()));
        }
        given.properties().forEach(entry -> words.put(entry.getKey(), words(labels, entry.getKey())));
        refuseTwice(f, words);
        return words;
    }

    private static List<String> words(Fields labels, String label) {
        JsonNode value = labels.raw(label);
        if (value.isTextual()) {
            String word = labels.text(label, null);
            return word == null ? List.of() : List.of(word);
        }
        List<String> words = labels.texts(label);
        if (words == null || words.isEmpty()) {
            if (value.isNull() || words != null) {
                labels.error(label, "%s has no words; give a word or a list of words".formatted(labels.param(label)));
            }
            return List.of();
        }
        return words;
    }

    private static void refuseTwice(Fields f, Map<String, List<String>> words) {
        Map<String, String> owners = new HashMap<>();
        List<String> twice = new ArrayList<>();
        words.forEach((label, own) -> own.forEach(word -> {
            if (owners.put(word, label) != null) {
                twice.add(word);
            }
        }));
        if (!twice.isEmpty()) {
            f.error(
                    "verbalizer",
                    "%s has %s more than once; a word can stand for one label only, and once"
                            .formatted(f.param("verbalizer"), String.join(", ", twice)));
        }
    }
}
