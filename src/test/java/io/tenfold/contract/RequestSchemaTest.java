package io.tenfold.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.smallrye.config.SmallRyeConfigBuilder;
import io.tenfold.job.JobError;
import io.tenfold.job.RequestReader;
import io.tenfold.method.GoldenJob;
import io.tenfold.storage.LocationStore;
import io.tenfold.storage.StorageConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The schema and the reader say the same of every request: its fields, and whether it is valid. */
class RequestSchemaTest {

    private static final String SCHEMA = "request.schema.json";

    private static final String LORA = """
            {"id": "job-1", "model": "s3://models/bert-base-uncased",
             "task": {"type": "sequence_classification", "labels": ["negative", "positive"]},
             "data": {"train": "s3://data/train.tsv", "validation": "s3://data/dev.tsv", "columns": {"text": "text"}},
             "method": {"name": "lora"}, "training": {"epochs": 1}, "gates": {"max_seconds": 60}, "output": "s3://artifacts/job-1"}
            """;

    private static final String FULL = """
            {"model": "hf://google-bert/bert-base-uncased@main", "task": {"type": "regression"},
             "data": {"train": "hf://datasets/org/name/train.csv", "columns": {}},
             "method": {"name": "full"}, "training": {}, "gates": {}, "output": "s3://artifacts/job-1"}
            """;

    private static final String SOFT = method("""
            {"name": "prompt", "kind": "soft", "prompt_tuning_init": "TEXT", "prompt_tuning_init_text": "good or bad?"}""");
    private static final String P_TUNING =
            method("{\"name\": \"prompt\", \"kind\": \"p_tuning\", \"encoder_reparameterization_type\": \"LSTM\"}");
    private static final String ONE_LAYER = P_TUNING.replace("LSTM\"", "LSTM\", \"encoder_num_layers\": 1");
    private static final String HARD = method(LORA, """
            {"name": "prompt", "kind": "hard", "templates": ["{text} It was [MASK]."],
             "verbalizer": {"positive": ["great", "good"], "negative": "terrible"}}""").replace(", \"labels\": [\"negative\", \"positive\"]", "");
    private static final String HARD_UNSCORED = HARD.replace(", \"validation\": \"s3://data/dev.tsv\"", "");
    private static final String HARD_PAIRS =
            HARD.replace("{text} It", "{text} {text2} It").replace("{\"text\": \"text\"}", "{\"text2\": \"other\"}");
    private static final String PREFIX = method("{\"name\": \"prefix\", \"prefix_projection\": true}");
    private static final String PARTIAL = method("{\"name\": \"partial\", \"train_last_layers\": 2}");
    private static final String HEAD_ONLY = method("{\"name\": \"partial\", \"head_only\": true}");

    private static final String COMPARE = method(
            LORA,
            "{\"name\": \"compare\", \"stop\": \"successive_halving\", \"candidates\": [{\"name\": \"full\"}, {\"name\": \"lora\"}, {\"name\": \"prefix\"}]}");

    private static final String ADAPTER = method("{\"name\": \"adapter\"}");
    private static final String IA3 = method("{\"name\": \"adapter\", \"kind\": \"ia3\"}");

    private static final String TAGS = """
            {"model": "hf://google-bert/bert-base-uncased", "task": {"type": "token_classification"},
             "data": {"train": "s3://data/train.conll", "columns": {}},
             "method": {"name": "full"}, "training": {}, "gates": {}, "output": "s3://artifacts/job-1"}
            """;

    private static final String CAUSAL = """
            {"model": "s3://models/smollm2", "task": {"type": "causal_lm", "train_on": "last"},
             "data": {"train": "s3://data/train.txt", "format": "text", "columns": {}},
             "method": {"name": "full"}, "training": {}, "gates": {}, "output": "s3://artifacts/job-1"}
            """;
    private static final String CHATS =
            CAUSAL.replace("\"columns\": {}", "\"columns\": {\"messages\": \"talk\", \"tools\": \"functions\"}");
    private static final String COMPLETIONS =
            CAUSAL.replace("\"columns\": {}", "\"columns\": {\"prompt\": \"question\"}");

    private static final String PREFERENCE = """
            {"model": "s3://models/smollm2", "task": {"type": "preference", "beta": 0.2, "label_smoothing": 0.1},
             "data": {"train": "s3://data/train.jsonl", "validation": "s3://data/dev.jsonl", "columns": {"chosen": "better"}},
             "method": {"name": "lora"}, "training": {}, "gates": {}, "output": "s3://artifacts/job-1"}
            """;
    private static final String IPO = PREFERENCE.replace(
            "\"beta\": 0.2, \"label_smoothing\": 0.1", "\"loss_type\": \"ipo\", \"reference_free\": true");

    private static final String MULTITASK = """
            {"model": "hf://google-bert/bert-base-uncased", "method": {"name": "multitask"%s}, "task": {"type": "regression"},
             "data": {"columns": {}, "tasks": [{"name": "a", "train": "s3://data/a.tsv", "task": {"type": "regression"}%s},
                                {"name": "b", "train": "s3://data/b.tsv", "task": {"type": "sequence_classification"}}]},
             "training": {}, "gates": {}, "output": "s3://artifacts/job-1"}
            """;
    private static final String TASKS = MULTITASK.formatted("", ", \"validation\": \"s3://data/a.tsv\"");
    private static final String GRADNORM =
            MULTITASK.formatted(", \"loss_weights\": \"gradnorm\", \"sampling\": \"temperature\"", "");

    private static final String PRETRAIN =
            domain("{\"name\": \"domain\", \"kind\": \"pretrain\", \"pretrain_steps\": 3}");
    private static final String DANN = domain("{\"name\": \"domain\", \"kind\": \"dann\"}");
    private static final String CORAL = domain("{\"name\": \"domain\", \"kind\": \"coral\"}");
    private static final String DOMAIN_ADAPTERS = domain(
            "{\"name\": \"domain\", \"kind\": \"domain_adapters\", \"adapter\": {\"name\": \"lora\", \"r\": 2}}");

    private static final String DISTILLED = method(
            "{\"name\": \"distillation\", \"teacher\": {\"model\": \"s3://models/teacher\"}, \"hidden\": {\"layer_map\": \"last\"}}");
    private static final String CUT =
            method("""
            {"name": "distillation", "student_layers": 3, "teacher": {"model": "s3://models/teacher", "train": {"epochs": 2}}}""").replace("\"model\": \"hf://google-bert/bert-base-uncased@main\", ", "");
    private static final String TAUGHT = method(
            CAUSAL,
            "{\"name\": \"distillation\", \"teacher\": {\"model\": \"s3://models/teacher\"}, \"kl\": \"reverse\", \"top_k\": 8}");
    private static final String LABELS_ALONE = DISTILLED.replace("\"hidden\"", "\"hard_label_weight\": 1, \"hidden\"");

    private static final String CONTINUAL = """
            {"model": "s3://models/bert-base-uncased", "task": {"type": "sequence_classification"},
             "data": {"tasks": [{"name": "a", "train": "s3://data/a.tsv", "validation": "s3://data/a.dev.tsv"}], "columns": {}},
             "method": {"name": "continual", "strategy": "ewc", "online": true}, "training": {"early_stopping_patience": 2},
             "gates": {"max_forgetting": 0.1}, "output": "s3://artifacts/job-1"}
            """;

    private static final String REPLAY = continual("\"strategy\": \"replay\", \"base\": {\"name\": \"lora\"}");
    private static final String EXPANSION = continual("\"strategy\": \"expansion\"");
    private static final String GOING_ON = continual("\"strategy\": \"lwf\", \"from\": \"s3://artifacts/job-0\"")
            .replace("\"model\": \"s3://models/bert-base-uncased\", ", "");

    private static String continual(String options) {
        return CONTINUAL.replace("\"strategy\": \"ewc\", \"online\": true", options);
    }

    private static final List<String> BASES = List.of(
            DISTILLED,
            CUT,
            TAUGHT,
            LABELS_ALONE,
            TASKS,
            GRADNORM,
            CONTINUAL,
            CONTINUAL.replace("sequence_classification", "causal_lm"),
            CONTINUAL
                    .replace("sequence_classification", "causal_lm")
                    .replace("{\"early_stopping_patience\": 2}", "{\"metric\": \"token_accuracy\"}")
                    .replace("{\"max_forgetting\": 0.1}", "{\"min_metric\": 0.5}"),
            REPLAY,
            EXPANSION,
            GOING_ON,
            TAGS,
            CAUSAL,
            CHATS,
            COMPLETIONS,
            PREFERENCE,
            IPO,
            LORA,
            FULL,
            COMPARE,
            ADAPTER,
            IA3,
            PARTIAL,
            HEAD_ONLY,
            SOFT,
            P_TUNING,
            ONE_LAYER,
            HARD,
            HARD_UNSCORED,
            HARD_PAIRS,
            PREFIX,
            PRETRAIN,
            PRETRAIN.replace("\"sequence_classification\", \"labels\": [\"negative\", \"positive\"]", "\"causal_lm\""),
            DANN,
            CORAL,
            DOMAIN_ADAPTERS);

    private static String domain(String json) {
        return method(LORA, json)
                .replace(
                        "\"train\": \"s3://data/train.tsv\"",
                        "\"train\": \"s3://data/train.tsv\", \"target\":"
                                + " {\"train\": \"s3://data/other.tsv\", \"validation\": \"s3://data/other.dev.tsv\"}");
    }

    private static String method(String json) {
        return method(FULL, json);
    }

    private static String method(String base, String json) {
        return base.replace("{\"name\": \"full\"}", json).replace("{\"name\": \"lora\"}", json);
    }

    /** Put into every field in turn: the wrong kind, the wrong range, and what some field takes. */
    private static final List<String> VALUES = List.of(
            "null",
            "true",
            "false",
            "0",
            "1",
            "2",
            "3.0",
            "-1",
            "0.5",
            "1.0",
            "1.5",
            "10",
            "11",
            "512",
            "513",
            "1001",
            "8193",
            "65537",
            "100001",
            "3000000000",
            "1e30",
            "-1e30",
            "\"\"",
            "\" \"",
            "\"x\"",
            "\"1\"",
            "[]",
            "[\"a\"]",
            "[\"a\", \"b\"]",
            "[\"a\", \"a\"]",
            "[\"a\", \"\"]",
            "[\"a\", 1]",
            "[0, 3]",
            "[-1]",
            "[null]",
            "{}",
            "{\"a\": 1}",
            "{\"a\": 0}",
            "{\"a\": \"b\"}",
            "{\"a\": null}",
            "\"all-linear\"",
            "\"soft\"",
            "\"p_tuning\"",
            "\"RANDOM\"",
            "\"SAMPLE_VOCAB\"",
            "\"TEXT\"",
            "\"MLP\"",
            "\"LSTM\"",
            "\"gaussian\"",
            "\"cosine\"",
            "\"naive\"",
            "\"ewc\"",
            "\"expansion\"",
            "\"class_balanced\"",
            "\"mean\"",
            "\"causal_lm\"",
            "\"preference\"",
            "\"sigmoid\"",
            "\"ipo\"",
            "\"all\"",
            "\"text\"",
            "\"perplexity\"",
            "\"forward\"",
            "\"reverse\"",
            "{\"name\": \"lora\", \"r\": 4}",
            "{\"name\": \"lora\", \"merge\": true}",
            "{\"name\": \"adapter\"}",
            "\"fp32\"",
            "\"bf16\"",
            "\"drop\"",
            "\"tsv\"",
            "\"text\"",
            "\"lora_only\"",
            "\"pearson\"",
            "\"f1\"",
            "\"regression\"",
            "\"token_classification\"",
            "\"conll\"",
            "\"jsonl\"",
            "\"accuracy\"",
            "\"mean\"",
            "\"static\"",
            "\"dwa\"",
            "\"uncertainty\"",
            "\"pcgrad\"",
            "\"temperature\"",
            "\"round_robin\"",
            "\"full\"",
            "\"hard\"",
            "\"ensemble\"",
            "[\"{text}: [MASK]\", \"[MASK] {text} {text2}\"]",
            "[\"{text}: [MASK]\", \"[MASK] {text}\"]",
            "[\"{text} {text2} [MASK]\"]",
            "[\"{text}\"]",
            "[\"[MASK]\"]",
            "[\"{text} [MASK] {text}\"]",
            "[\"{text} [MASK] [MASK]\"]",
            "[\"{text} [MASK] {sentence}\"]",
            "[\"{text} [MASK] {text2}{text2}\"]",
            "{\"a\": \"b\", \"c\": [\"d\", \"e\"]}",
            "{\"a\": \"b\", \"c\": [\"d\", \"d\"]}",
            "{\"a\": \"b\", \"c\": []}",
            "{\"a\": \"b\", \"c\": null}",
            "{\"a\": \"b\", \"c\": \" \"}",
            "{\"a\": \"b\", \"c\": 1}",
            "{\"model\": \"s3://models/a\"}",
            "{\"artifact\": \"s3://models/a\"}",
            "{\"model\": \"s3://models/a\", \"artifact\": \"s3://models/b\"}",
            "{\"artifact\": \"s3://models/a\", \"train\": {}}",
            "{\"model\": \"s3://models/a\", \"train\": {\"method\": {\"name\": \"lora\", \"r\": 2}}}",
            "{\"model\": \"s3://models/a\", \"train\": {\"method\": {\"name\": \"full\", \"r\": 2}}}",
            "{\"model\": \"s3://models/a\", \"train\": {\"method\": {\"name\": \"prefix\"}, \"max_steps\": 9}}",
            "{\"model\": \"s3://models/a\", \"train\": {\"method\": {\"name\": \"compare\"}}}",
            "{\"model\": \"s3://models/a\", \"train\": {\"learning_rate\": 11}}",
            "{\"weight\": 2, \"layer_map\": [0, 5, 7]}",
            "{\"weight\": 0}",
            "{\"layer_map\": [[0, 1], [2, 2]]}",
            "{\"layer_map\": [[0, 1], 2]}",
            "{\"layer\": 3}",
            "{\"layer\": 3, \"relation_heads\": 12}",
            "\"lora\"",
            "\"source_only\"",
            "\"mmd\"",
            "\"supervised\"",
            "\"both\"",
            "{\"name\": \"adapter\", \"kind\": \"ia3\"}",
            "{\"name\": \"full\"}",
            "{\"name\": \"lora\", \"extract\": {\"from\": \"s3://data/a/b\", \"rank\": 2}}",
            "\"adapter\"",
            "\"ia3\"",
            "\"houlsby\"",
            "\"gelu\"",
            "\"causal_lm\"",
            "\"(\"",
            "\".*query\"",
            "\"file:data/a.csv\"",
            "\"file:\"",
            "\"file:/\"",
            "\"file://host/a\"",
            "\"s3://data/a/b\"",
            "\"s3://data\"",
            "\"s3://data/\"",
            "\"s3://Data/a\"",
            "\"s3://data/a/\"",
            "\"s3://data//a\"",
            "\"s3://data/../a\"",
            "\"hf://org\"",
            "\"hf://org/name\"",
            "\"hf://org/..\"",
            "\"hf://org/name@v1/a.csv\"",
            "\"https://example.org/a\"",
            "\"a\\u0000b\"");

    @TempDir
    Path folder;

    private RequestReader reader;

    @BeforeEach
    void theRealReaderOverTheRealMethodsAndStore() {
        StorageConfig config = new SmallRyeConfigBuilder()
                .addDiscoveredConverters()
                .addDefaultInterceptors()
                .withMapping(StorageConfig.class)
                .withDefaultValue("user.home", folder.toString())
                .withDefaultValue(
                        "tenfold.storage.file-roots",
                        Path.of("").toAbsolutePath().toString())
                .withDefaultValue("tenfold.storage.s3.endpoint", "http://127.0.0.1:9000")
                .withDefaultValue("tenfold.storage.s3.access-key", "nobody")
                .withDefaultValue("tenfold.storage.s3.secret-key", "nothing")
                .build()
                .getConfigMapping(StorageConfig.class);
        reader = new RequestReader(GoldenJob.allMethods(), new LocationStore(config));
    }

    @Test
    void everyFieldWithEveryValueIsJudgedAlike() {
        List<String> differences = new ArrayList<>();
        for (String base : BASES) {
            for (List<String> field : fields(base)) {
                for (String value : VALUES) {
                    ObjectNode request = with(base, field, Contract.json(value));
                    difference(request, String.join(".", field) + " = " + value, differences);
                }
            }
        }
        assertEquals("", String.join("\n", differences));
    }

    @Test
    void everyFieldMayOrMustBeThereAlike() {
        List<String> differences = new ArrayList<>();
        for (String base : BASES) {
            for (List<String> field : fields(base)) {
                ObjectNode request = (ObjectNode) Contract.json(base);
                if (object(request, field) instanceof ObjectNode object) {
                    object.remove(field.getLast());
                }
                difference(request, String.join(".", field) + " left out", differences);
            }
        }
        assertEquals("", String.join("\n", differences));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "task", "data", "data/columns", "training", "gates", "method"})
    void theReaderKnowsTheFieldsOfTheSchemaAndNoOthers(String path) {
        for (String base : BASES) {
            List<String> field = new ArrayList<>(path.isEmpty() ? List.of() : List.of(path.split("/")));
            field.add("qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq");
            List<JobError> errors = errors(with(base, field, Contract.json("1")));
            assertEquals(1, errors.size(), errors.toString());
            String message = errors.getFirst().message();
            Set<String> known = Arrays.stream(
                            message.substring(message.indexOf("the fields are ") + "the fields are ".length())
                                    .split(", "))
                    .collect(Collectors.toCollection(TreeSet::new));
            assertEquals(known, Contract.names(properties(path, Contract.json(base))));
        }
    }

    @Test
    void theExamplesAreValid() {
        Contract.file(SCHEMA).path("examples").forEach(example -> {
            assertEquals(List.of(), Contract.errors(SCHEMA, example));
            assertInstanceOf(
                    RequestReader.Result.Valid.class,
                    reader.read(example, example.path("id").asText()));
        });
    }

    @Test
    void theDefaultsAreTheReaders() {
        ObjectNode request = (ObjectNode) Contract.json(LORA);
        ObjectNode training = request.putObject("training");
        properties("training", request).properties().forEach(field -> {
            if (field.getValue().has("default")) {
                training.set(field.getKey(), field.getValue().get("default"));
            }
        });
        ObjectNode bare = (ObjectNode) Contract.json(LORA);
        bare.remove("training");
        assertEquals(
                reader.readValid(bare, "job-1").training(),
                reader.readValid(request, "job-1").training());
    }

    private void difference(ObjectNode request, String what, List<String> differences) {
        List<String> schema = Contract.errors(SCHEMA, request);
        // That two fields have the same names is what no schema can say; its description does.
        List<JobError> read = errors(request).stream()
                .filter(
                        error -> !error.message()
                                .matches(
                                        "method\\.verbalizer (lacks|has) .* of task\\.labels; .*|method\\.weights\\.\\w+ is no task; .*"))
                .toList();
        if (schema.isEmpty() != read.isEmpty()) {
            differences.add("%s: schema %s, reader %s".formatted(what, schema, read));
        }
    }

    private List<JobError> errors(JsonNode request) {
        JsonNode id = request.path("id");
        return switch (reader.read(request, id.isTextual() ? id.textValue() : "job-1")) {
            case RequestReader.Result.Valid valid -> List.of();
            case RequestReader.Result.Invalid(List<JobError> errors) -> errors;
        };
    }

    /** The paths of all fields that the schema has for this request's method. */
    private static List<List<String>> fields(String base) {
        List<List<String>> fields = new ArrayList<>();
        JsonNode request = Contract.json(base);
        List<String> objects = List.of(
                "", "task", "data", "data/columns", "data/tasks/0", "data/tasks/0/task", "training", "gates", "method");
        for (String path : objects) {
            for (String name : Contract.names(properties(path, request))) {
                List<String> field = new ArrayList<>(path.isEmpty() ? List.of() : List.of(path.split("/")));
                field.add(name);
                fields.add(field);
            }
        }
        return fields;
    }

    private static JsonNode properties(String path, JsonNode request) {
        JsonNode schema = Contract.file(SCHEMA);
        if (path.equals("method")) {
            return schema.at(
                    "/$defs/%s/properties".formatted(request.at("/method/name").textValue()));
        }
        for (String part : path.isEmpty() ? List.<String>of() : List.of(path.split("/"))) {
            schema = isNumber(part)
                    ? schema.path("items")
                    : schema.path("properties").path(part);
            if (schema.has("$ref")) {
                schema =
                        Contract.file(SCHEMA).at(schema.path("$ref").textValue().substring(1));
            }
        }
        return schema.path("properties");
    }

    private static ObjectNode with(String base, List<String> field, JsonNode value) {
        ObjectNode request = (ObjectNode) Contract.json(base);
        if (object(request, field) instanceof ObjectNode object) {
            object.set(field.getLast(), value);
        }
        return request;
    }

    private static JsonNode object(ObjectNode request, List<String> field) {
        JsonNode object = request;
        for (String part : field.subList(0, field.size() - 1)) {
            object = isNumber(part) ? object.path(Integer.parseInt(part)) : object.path(part);
        }
        return object;
    }

    /** Whether a part of a path is a place in a list. */
    private static boolean isNumber(String part) {
        return part.matches("\\d+");
    }
}
