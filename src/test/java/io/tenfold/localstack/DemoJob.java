package io.tenfold.localstack;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * What the demo asks for.
 *
 * @param part the task or domain that its sentences are labelled for, or how they are answered, as {@code predict} takes it; empty
 *     for artifacts of one
 */
record DemoJob(String id, ObjectNode request, List<String> part) {

    /** The language model of the demo. */
    static final String DECODER = "s3://models/decoder";

    /** Answers are a few sentences. */
    static final List<String> BRIEFLY = List.of("--max-new-tokens", "60");

    private static final int USUAL_EPOCHS = 3;
    private static final List<String> SPLITS = List.of("train", "validation");

    /** One job a method, with settings that suit MiniLM and the demo's rows. */
    private static final Map<String, DemoJob> BY_METHOD = new LinkedHashMap<>();

    /** Those that learn from the same rows. */
    private static final Set<String> RACING;

    static {
        add("lora", "\"r\": 8, \"lora_alpha\": 16, \"target_modules\": [\"query\", \"value\"]", 3, "2e-3");
        add("full", "", 3, "1e-4");
        add("partial", "\"train_last_layers\": 2", 3, "3e-4");
        add("adapter", "\"kind\": \"pfeiffer\"", 3, "2e-3");
        add("prompt", "\"kind\": \"soft\", \"num_virtual_tokens\": 20", 6, "2e-2");
        add("prefix", "\"num_virtual_tokens\": 20", 6, "2e-2");
        RACING = Set.copyOf(BY_METHOD.keySet());
        addDistillation();
        add("continual", "\"strategy\": \"replay\", \"buffer_size\": 100", USUAL_EPOCHS, "1e-4", "goods", "money");
        add("multitask", "\"sampling\": \"round_robin\"", USUAL_EPOCHS, "1e-4", "support", "asks");
        addDomain();
    }

    /** The methods that have a demo. */
    static Collection<String> methods() {
        return BY_METHOD.keySet();
    }

    /**
     * The cheap one, whose adapter is used afterwards, and the classic; epochs so that both learn the classes well. In this
     * order, because a worker's peak of memory never falls: the smaller need must come first to be seen.
     */
    static List<DemoJob> usual() {
        return List.of(of("lora"), of("full"));
    }

    /** The job of one method. */
    static DemoJob of(String method) {
        return Objects.requireNonNull(BY_METHOD.get(method), method);
    }

    /** One job that races six candidates: those of the methods above, each with its settings. */
    static DemoJob race() {
        ObjectNode race = JsonNodeFactory.instance.objectNode().put("name", "compare");
        ArrayNode candidates = race.putArray("candidates");
        BY_METHOD.forEach((name, job) -> {
            if (!RACING.contains(name)) {
                return;
            }
            ObjectNode candidate = job.request().path("method").deepCopy();
            candidate.put("label", name);
            ObjectNode training = candidate.putObject("training");
            training.set("learning_rate", job.request().at("/training/learning_rate"));
            training.set("epochs", job.request().at("/training/epochs"));
            candidates.add(candidate);
        });
        race.putObject("winner").put("rule", "cheapest_within").put("margin", 0.02);
        return of("support-race", race.toString(), USUAL_EPOCHS, "1e-4");
    }

    /** A language model learns to answer customers. */
    static DemoJob answering() {
        return read("shop-answers", """
                {"id": "shop-answers",
                 "model": "%s",
                 "task": {"type": "causal_lm"},
                 "data": {"train": "s3://data/support/answers.train.jsonl", "validation": "s3://data/support/answers.validation.jsonl"},
                 "method": {"name": "lora", "r": 8, "lora_alpha": 16, "target_modules": "all-linear"},
                 "training": {"epochs": 2, "batch_size": 8, "learning_rate": 7e-4, "max_length": 256, "logging_steps": 1},
                 "output": "s3://artifacts/shop-answers"}
                """.formatted(DECODER), BRIEFLY);
    }

    private static void add(String method, String options, int epochs, String learningRate) {
        String config = "{\"name\": \"%s\"%s}".formatted(method, options.isEmpty() ? "" : ", " + options);
        BY_METHOD.put(method, of("support-" + method, config, epochs, learningRate));
    }

    /** Learns tasks whose rows lie in files of their names. */
    private static void add(String method, String options, int epochs, String learningRate, String... tasks) {
        add(method, options, epochs, learningRate);
        DemoJob job = of(method);
        ArrayNode list = job.request().putObject("data").putArray("tasks");
        for (String task : tasks) {
            ObjectNode rows = list.addObject().put("name", task);
            SPLITS.forEach(split -> rows.put(split, rows(task, split)));
        }
        BY_METHOD.put(method, new DemoJob(job.id(), job.request(), List.of("--task", tasks[0])));
    }

    /** All six layers teach three, and three learn alone for comparison. */
    private static void addDistillation() {
        add(
                "distillation",
                "\"teacher\": {\"model\": \"s3://models/minilm\", \"train\": {\"learning_rate\": 1e-4, \"epochs\": 3}}, "
                        + "\"student_layers\": 3, \"baseline\": true",
                USUAL_EPOCHS,
                "1e-4");
        of("distillation").request().remove("model");
    }

    /** Labels of letters, and chat messages without. */
    private static void addDomain() {
        add("domain", "\"kind\": \"dann\"", USUAL_EPOCHS, "1e-4");
        ObjectNode target = of("domain").request().withObject("/data").putObject("target");
        SPLITS.forEach(split -> target.put(split, rows("chat", split)));
    }

    private static String rows(String name, String split) {
        return "s3://data/support/%s.%s.csv".formatted(name, split);
    }

    private static DemoJob of(String id, String method, int epochs, String learningRate) {
        String json = """
                {"id": "%s",
                 "model": "s3://models/minilm",
                 "task": {"type": "sequence_classification"},
                 "data": {"train": "s3://data/support/support.train.csv", "validation": "s3://data/support/support.validation.csv"},
                 "method": %s,
                 "training": {"epochs": %d, "batch_size": 16, "learning_rate": %s, "max_length": 64},
                 "output": "s3://artifacts/%s"}
                """.formatted(id, method, epochs, learningRate, id);
        return read(id, json, List.of());
    }

    private static DemoJob read(String id, String json, List<String> part) {
        try {
            return new DemoJob(id, (ObjectNode) JsonMapper.builder().build().readTree(json), part);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("the demo's own request is no JSON", e);
        }
    }

    /** The same story by hand. */
    static String whatToTypeNext() {
        return """

                Do it yourself:
                  ./tenfold up                                  the same system, until Ctrl-C; it says where things are
                  ./tenfold submit request.json --watch         a request like those above (in another terminal)
                  ./tenfold jobs                                what became of all of them
                  ./tenfold run request.json                    one job without any of that: file paths in place of s3://
                  ./tenfold predict --artifact file:OUTPUT --text "Where is my parcel?"
                  ./tenfold --help                              everything else
                """;
    }
}
