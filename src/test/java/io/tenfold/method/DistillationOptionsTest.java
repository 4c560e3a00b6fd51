package io.tenfold.method;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tenfold.job.JobError;
import io.tenfold.job.RequestReader;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a request alone shows to be wrong with distillation. */
class DistillationOptionsTest {

    private static final String TEACHER = "'teacher': {'model': 'file:t'}";

    private static List<JobError> errors(String options, boolean model) throws IOException {
        ObjectNode body =
                (ObjectNode) new ObjectMapper().readTree("""
                {'model': 'file:m', 'output': 'file:o', 'task': {'type': 'regression'}, 'data': {'train': 'file:d.tsv'},
                 'method': {'name': 'distillation', %s}}""".formatted(options).replace('\'', '"'));
        if (!model) {
            body.remove("model");
        }
        return errors(body);
    }

    private static List<JobError> errors(ObjectNode body) {
        RequestReader reader = new RequestReader(GoldenJob.allMethods(), GoldenJob.locationsAreFine());
        return switch (reader.read(body, "job")) {
            case RequestReader.Result.Valid _ -> List.of();
            case RequestReader.Result.Invalid(List<JobError> found) -> found;
        };
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "'baseline': true | method.teacher | must have either model, a whole model, or artifact",
                "'teacher': {'model': 'file:t', 'artifact': 'file:a'} | method.teacher | must have either model",
                "'teacher': {'artifact': 'file:a', 'train': {}} | method.teacher.train | is given beside artifact, which is tuned already",
                "'teacher': {'model': 'file:t', 'layers': 3} | method.teacher.layers | is not a field",
                "'teacher': {'model': 'file:t', 'train': {'epochs': 0}} | method.teacher.train.epochs | it must be from 1 to 100000",
                "'teacher': {'model': 'file:t', 'train': {'method': {'name': 'distillation'}}} | method.teacher.train.method.name | it must be one of adapter, full",
                "'teacher': {'model': 'file:t', 'train': {'method': {'name': 'lora', 'rank': 3}}} | method.teacher.train.method.rank | is not a field",
                "'teacher': {'model': 'file:t', 'train': {'method': {'name': 'lora', 'extract': {'from': 'file:x', 'rank': 2}}}} | method.teacher.train.method.extract | makes an adapter without training",
                "'teacher': {'model': 'file:t', 'train': {'method': {'name': 'prefix'}}}, 'hidden': {} | method.teacher | leave out hidden, attention and relation",
                "%s, 'temperature': 0 | method.temperature | method.temperature is 0; it must be above 0",
                "%s, 'hard_label_weight': 1.5 | method.hard_label_weight | it must be from 0 (the teacher alone) to 1",
                "%s, 'hard_label_weight': 1 | method.hard_label_weight | nothing is learned from the teacher",
                "%s, 'hidden': {'weight': 0} | method.hidden.weight | it must be above 0",
                "%s, 'hidden': {'layer_map': [0, -1]} | method.hidden.layer_map | it must be uniform, last, a list",
                "%s, 'hidden': {'layers': [0]} | method.hidden.layers | is not a field",
                "%s, 'relation': {'heads': 4} | method.relation.heads | the fields are weight, layer, relation_heads",
                "%s, 'attention': {'relation_heads': 4} | method.attention.relation_heads | is not a field",
                "%s, 'kl': 'reverse' | method.kl | method.kl is for the words of causal_lm, but task.type is regression; leave it out",
                "%s, 'top_k': 8 | method.top_k | method.top_k is for the words of causal_lm",
                "%s, 'student_layers': 3 | model | goes on from file:t; leave model out",
            })
    void whatTheRequestShowsToBeWrongIsRefusedAtTheDoor(String options, String param, String message)
            throws IOException {
        List<JobError> errors = errors(options.replace("%s", TEACHER), true);
        assertEquals(1, errors.size(), errors.toString());
        assertEquals(param, errors.getFirst().param());
        assertTrue(
                errors.getFirst().message().contains(message), errors.getFirst().message());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "%s | model | model is missing",
                "%s, 'student_layers': 0 | model | model is missing",
                "'teacher': {'model': 'file:t', 'train': {'method': {'name': 'lora'}}}, 'student_layers': 3 | method.student_layers | tune it with full or partial",
                "%s, 'student_layers': 3, 'hidden': {'layer_map': [1, 3]} | method.hidden.layer_map | does not fit a student of 3 layers, 0 to 2",
                "%s, 'student_layers': 3, 'hidden': {'layer_map': [[3, 1]]} | method.hidden.layer_map | does not fit a student of 3 layers",
            })
    void withoutAModelTheStudentIsCutFromTheTeacher(String options, String param, String message) throws IOException {
        List<JobError> errors = errors(options.replace("%s", TEACHER), false);
        assertTrue(
                errors.stream()
                        .anyMatch(error ->
                                param.equals(error.param()) && error.message().contains(message)),
                errors.toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"hidden", "attention", "relation"})
    void layersOfLanguageModelsAreNotCompared(String option) throws IOException {
        ObjectNode body = (ObjectNode) new ObjectMapper().readTree("""
                {'model': 'file:m', 'output': 'file:o', 'task': {'type': 'causal_lm'}, 'data': {'train': 'file:d.txt'},
                 'method': {'name': 'distillation', 'teacher': {'model': 'file:t'}, 'kl': 'reverse', 'top_k': 0}}""".replace('\'', '"'));
        assertEquals(List.of(), errors(body));
        body.withObject("/method").put("kl", "both").put("top_k", -1);
        List<JobError> values = errors(body);
        assertEquals(
                "method.kl is both; it must be one of forward, reverse",
                values.getFirst().message());
        assertEquals(
                "method.top_k is -1; it must be from 0 to 1000000",
                values.get(1).message());
        body.withObject("/method").put("kl", "forward").put("top_k", 64).putObject(option);
        List<JobError> errors = errors(body);
        assertEquals(1, errors.size(), errors.toString());
        assertEquals("method." + option, errors.getFirst().param());
        assertTrue(errors.getFirst().message().contains("compares layers, which is not served for causal_lm"));
    }

    @Test
    void theTeacherIsTheModelOfAStudentThatIsCut() throws IOException {
        assertEquals(List.of(), errors(TEACHER + ", 'student_layers': 3", false));
        assertEquals(List.of(), errors(TEACHER + ", 'student_layers': null", true));
    }
}
