package io.tenfold.method;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tenfold.checkpoint.SafetensorsReader;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.Fields;
import io.tenfold.job.JobException;
import io.tenfold.method.adapter.AdapterMethod;
import io.tenfold.train.Tuning;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The options of method {@code adapter}: what is refused and how, and what they write. */
class AdapterOptionsTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'kind': 'pfiffer'}|kind is pfiffer; it must be one of houlsby, pfeiffer, parallel, ia3; did you mean pfeiffer?",
                "{'reduction_factor': 0}|reduction_factor is 0; it must be at least 0.125",
                "{'non_linearity': 'rellu'}|non_linearity is rellu; it must be one of gelu,",
                "{'scaling': -1}|scaling is -1; it must be above 0",
                "{'reduction_facter': 8}|reduction_facter is not a field (its value is 8); did you mean reduction_factor?",
                "{'kind': 'ia3', 'reduction_factor': 8}|reduction_factor is 8, but kind ia3 has no bottleneck; leave it out, or set kind to pfeiffer",
                "{'target_modules': ['key']}|target_modules is [\"key\"], but kind pfeiffer has places of its own; leave it out, or set kind to ia3",
                "{'kind': 'ia3', 'target_modules': []}|target_modules is an empty list",
                "{'kind': 'ia3', 'target_modules': '('}|target_modules has (, which is no regular expression",
                "{'kind': 'ia3', 'target_modules': ['key'], 'feedforward_modules': ['output.dense']}|feedforward_modules has output.dense, which is not in target_modules; put it there, too"
            })
    void whatTheRequestAloneShowsIsRefusedWithTheWayOut(String options, String message) throws Exception {
        Fields fields = new Fields(JSON.readTree(options.replace('\'', '"')));
        new AdapterMethod().read(fields);
        fields.refuseUnknown();
        assertEquals(1, fields.errors().size(), fields.errors().toString());
        assertTrue(
                fields.errors().getFirst().message().startsWith(message),
                fields.errors().getFirst().message());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'name': 'adapter', 'reduction_factor': 33}|method.reduction_factor|method.reduction_factor is 33.0, but the model's hidden states are only 32 wide",
                "{'name': 'adapter', 'kind': 'ia3', 'target_modules': ['keys']}|method.target_modules|method.target_modules has keys, which matches no linear layer of the model; these would: dense, key, query, value; did you mean key?",
                "{'name': 'adapter', 'kind': 'ia3', 'target_modules': '.*keys'}|method.target_modules|method.target_modules has .*keys, which matches no linear layer",
                "{'name': 'adapter', 'kind': 'ia3', 'feedforward_modules': ['intermediate.dense']}|method.feedforward_modules|method.feedforward_modules has intermediate.dense, which matches no layer that target_modules means"
            })
    void whatOnlyTheModelShowsIsRefusedBeforeTheFirstStep(String method, String param, String message)
            throws Exception {
        try (GoldenJob job = new GoldenJob("bert", method.replace('\'', '"'), "{}")) {
            var stage = job.stage();
            JobException refused = assertThrows(JobException.class, () -> stage.prepare(job.inputs(), List.of()));
            assertEquals(ErrorCode.BAD_REQUEST, refused.error().code());
            assertEquals(param, refused.error().param());
            assertTrue(
                    refused.error().message().startsWith(message),
                    refused.error().message());
        }
    }

    @ParameterizedTest
    @CsvSource({"houlsby,bert", "pfeiffer,roberta", "parallel,distilbert"})
    void theFilesHaveTheLibrarysFieldsAndKeys(String kind, String model) throws Exception {
        String method = "{\"name\": \"adapter\", \"kind\": \"%s\"}".formatted(kind);
        try (GoldenJob job = new GoldenJob(model, method, "{\"seed\": 3}")) {
            Tuning tuning = job.stage().prepare(job.inputs(), List.of());
            tuning.writer().write(folder);
            tuning.network().close();
        }
        Path theirs = GoldenJob.GOLDEN.resolve(model + "-adapter-" + kind);
        for (String file : new String[] {"adapter_config.json", "head_config.json"}) {
            JsonNode ours = JSON.readTree(folder.resolve(file).toFile());
            JsonNode expected = JSON.readTree(theirs.resolve(file).toFile());
            // Python counts 16 and 16.0 as equal, Jackson does not.
            assertEquals(text(expected.path("config")), text(ours.path("config")), file);
            assertEquals("tenfold-" + model, ours.path("name").asText());
            for (String field : new String[] {"model_class", "model_type", "hidden_size", "version"}) {
                assertEquals(expected.path(field), ours.path(field), file + ": " + field);
            }
        }
        for (String file : new String[] {"adapter.safetensors", "model_head.safetensors"}) {
            assertEquals(keys(theirs.resolve(file), "golden-1"), keys(folder.resolve(file), "tenfold-" + model));
        }
        String config = Files.readString(folder.resolve("adapter_config.json"));
        assertTrue(config.contains("\"scaling\" : 1.0") || config.contains("\"scaling\" : 4.0"), config);
    }

    private static String text(JsonNode config) {
        TreeSet<String> fields = new TreeSet<>();
        config.properties()
                .forEach(field -> fields.add(field.getKey() + "="
                        + (field.getValue().isNumber()
                                ? String.valueOf(field.getValue().doubleValue())
                                : field.getValue().toString())));
        return String.join("\n", fields);
    }

    private static Set<String> keys(Path file, String name) {
        try (SafetensorsReader reader = SafetensorsReader.open(file)) {
            Set<String> keys = new TreeSet<>();
            reader.names()
                    .forEach(key -> keys.add(key.replace("." + name + ".", ".NAME.")
                            + reader.info(key).shape()));
            return keys;
        }
    }

    @Test
    void theFirstValuesDependOnTheSeedAloneAndNotOnTheJobsName() throws Exception {
        byte[][] first = new byte[3][];
        String[][] runs = {{"bert", "3"}, {"bert-bare", "3"}, {"bert", "4"}};
        for (int i = 0; i < runs.length; i++) {
            try (GoldenJob job =
                    new GoldenJob(runs[i][0], "{\"name\": \"adapter\"}", "{\"seed\": %s}".formatted(runs[i][1]))) {
                Tuning tuning = job.stage().prepare(job.inputs(), List.of());
                first[i] = tuning.trained().list().getFirst().value().toByteArray();
                tuning.network().close();
            }
        }
        assertEquals(java.util.Arrays.toString(first[0]), java.util.Arrays.toString(first[1]));
        assertTrue(!java.util.Arrays.equals(first[0], first[2]));
    }
}
