package io.tenfold.method.prompt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobError;
import io.tenfold.job.JobException;
import io.tenfold.job.RequestReader;
import io.tenfold.method.ArtifactModels;
import io.tenfold.method.GoldenJob;
import io.tenfold.method.MethodRegistry;
import io.tenfold.model.BaseModel;
import io.tenfold.train.Inputs;
import io.tenfold.train.QuietSink;
import io.tenfold.train.TrainingLoop;
import io.tenfold.train.TrainingResult;
import io.tenfold.train.Tuning;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What can't be done is refused by name, at the door where the request alone shows it, else before the first step. */
class HardErrorsTest {

    private static final String WORDS = "'verbalizer': {'food': 'soup', 'travel': 'train', 'weather': 'rain'}";
    private static final String ONE = "'templates': ['{text} It was [MASK].']";
    private static final String TWO = "'templates': ['{text} It was [MASK].', '[MASK]: {text}']";

    private static final String CLASSES = "'type': 'sequence_classification'";

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                WORDS + " | method.templates is missing",
                ONE + " | method.verbalizer is missing",
                "'templates': [], " + WORDS + " | method.templates is an empty list",
                "'templates': ['{text} It was.'], " + WORDS + " | method.templates: \"{text} It was.\" has no [MASK]",
                "'templates': ['{text} [MASK] [MASK]'], " + WORDS + " | has 2 [MASK]; it must have one",
                "'templates': ['It was [MASK].'], " + WORDS + " | has no {text}",
                "'templates': ['{txt} was [MASK] {text}.'], " + WORDS + " | has {txt}; the placeholders are {text}",
                "'templates': ['{text} {text2} {text2} [MASK]'], " + WORDS + " | has {text2} more than once",
                ONE
                        + ", 'verbalizer': {'food': 'soup'} | method.verbalizer has 1 labels; it must have words for at least two",
                ONE + ", 'verbalizer': {'food': 'soup', 'travel': []} | method.verbalizer.travel has no words",
                ONE
                        + ", 'verbalizer': {'food': 'soup', 'travel': ['soup']} | method.verbalizer has soup more than once",
                ONE + ", " + WORDS
                        + ", 'num_virtual_tokens': 5 | method.num_virtual_tokens is 5, but kind is hard, which has no such option",
                ONE + ", " + WORDS
                        + ", 'selct': 'best' | method.selct is not a field (its value is \"best\"); did you mean select?",
            })
    void theDoorRefuses(String options, String message) {
        Exception refused = assertThrows(JobException.class, () -> job(options).close());
        assertTrue(String.valueOf(refused.getMessage()).contains(message), refused.getMessage());
    }

    @Test
    void templatesAreNoOptionOfSoftPrompts() {
        Exception refused = assertThrows(
                JobException.class,
                () -> new GoldenJob("bert-mlm", "{\"name\": \"prompt\", \"templates\": [\"{text} [MASK]\"]}", "{}"));
        assertTrue(String.valueOf(refused.getMessage()).contains("or take kind hard"), refused.getMessage());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "'verbalizer': {'food': 'soup', 'travel': 'train'} | method.verbalizer lacks the label weather",
                "'verbalizer': {'food': 'soup', 'travel': 'train', 'weather': 'rain', 'sport': 'cold'} | method.verbalizer has sport, which is no label of the data; the labels are food, travel, weather",
                "'verbalizer': {'food': 'soup', 'travel': 'SOUP', 'weather': 'rain'} | method.verbalizer.travel has SOUP, which the model's vocabulary writes like soup of food",
                "'verbalizer': {'food': 'soup', 'travel': '雨', 'weather': 'rain'} | method.verbalizer.travel has 雨, which the model's vocabulary can't write",
                "'verbalizer': {'food': 'soup', 'travel': 'soups', 'weather': 'rain'}, 'shots': 2 | method.verbalizer.travel has soups, which takes 2 tokens",
                WORDS + ", 'shots': 500 | method.shots is 500, but the training file has",
            })
    void dataAndVocabularyRefuse(String more, String message) throws Exception {
        refuses(ONE + ", " + more, message, ErrorCode.BAD_REQUEST);
    }

    @Test
    void withoutValidationRowsAnEnsembleIsKept() throws Exception {
        try (GoldenJob job = job(TWO + ", " + WORDS + ", 'select': 'ensemble'")) {
            Inputs without = job.unscored();
            Tuning tuning = prepare(job, without);
            TrainingResult result =
                    new TrainingLoop(tuning, without, GoldenJob.environment(folder, new QuietSink(), null)).run();
            assertTrue(result.metrics().isEmpty());
            tuning.writer().write(folder.resolve("artifact"));
            assertEquals(
                    2, HardFile.read(folder.resolve("artifact")).templates().size());
            tuning.network().close();
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "'type': 'regression' | 'validation': 'file:v' | 'templates': ['{text} [MASK]'] | method.kind: method.kind is hard, which names labels by words; a regression has none",
                CLASSES
                        + " | 'columns': {} | 'templates': ['{text} and {text2}: [MASK]'] | method.templates: method.templates: \"{text} and {text2}: [MASK]\" has {text2}, but the rows have one text",
                CLASSES
                        + " | 'columns': {'text2': 'b'} | 'templates': ['{text} [MASK]'] | method.templates: method.templates: \"{text} [MASK]\" has no {text2}, but the rows have two texts",
                CLASSES
                        + " | 'columns': {} | 'templates': ['{text} [MASK]', '[MASK] {text}'] | method.select: method.select is best, but there are 2 templates and no rows to choose by",
                CLASSES
                        + " | 'columns': {} | 'templates': ['{text} [MASK]', '[MASK] {text}'], 'shots': 2, 'select': 'best' | method.select: method.select is best",
                CLASSES
                        + ", 'labels': ['food', 'sport'] | 'columns': {} | 'templates': ['{text} [MASK]'] | method.verbalizer: method.verbalizer lacks the label sport of task.labels; give it a word; method.verbalizer: method.verbalizer has travel, which is none of task.labels; these are food, sport; method.verbalizer: method.verbalizer has weather, which is none",
                CLASSES
                        + ", 'labels': ['food', 'travel', 'weather'] | 'columns': {'text2': 'b'} | 'templates': ['{text} [MASK]', '[MASK] {text} {text2}'] | method.templates: method.templates: \"{text} [MASK]\" has no {text2}, but the rows have two texts; give the second a place, or leave data.columns.text2 out; method.select: method.select is best",
                CLASSES
                        + ", 'labels': ['travel', 'food', 'weather'] | 'validation': 'file:v' | 'templates': ['{text} [MASK]', '[MASK] {text}'] | ``",
            })
    void theDoorRefusesWhatDoesNotGoWithTaskAndData(String task, String data, String templates, String errors)
            throws Exception {
        String body = """
                {'model': 'file:m', 'output': 'file:o', 'task': {%s}, 'data': {'train': 'file:t', %s},
                 'method': {'name': 'prompt', 'kind': 'hard', %s, %s}}""".formatted(task, data, templates, WORDS);
        RequestReader reader =
                new RequestReader(new MethodRegistry(List.of(new PromptMethod())), GoldenJob.locationsAreFine());
        List<JobError> found =
                switch (reader.read(HardGolden.JSON.readTree(body.replace('\'', '"')), "job")) {
                    case RequestReader.Result.Valid _ -> List.of();
                    case RequestReader.Result.Invalid(List<JobError> all) -> all;
                };
        String all = found.stream()
                .map(error -> error.param() + ": " + error.message())
                .collect(Collectors.joining("; "));
        assertTrue(errors.isEmpty() ? all.isEmpty() : all.startsWith(errors), all);
    }

    @ParameterizedTest
    @CsvSource({"bert,cls.predictions.*", "bert-bare,cls.predictions.*", "distilbert,vocab_projector.*"})
    void aCheckpointWithoutAMaskedLmHeadIsRefusedByName(String model, String head) throws Exception {
        String method = "{'name': 'prompt', 'kind': 'hard', %s, %s}".formatted(ONE, WORDS);
        try (GoldenJob job = new GoldenJob(model, method.replace('\'', '"'), "{}")) {
            JobException refused = assertThrows(JobException.class, () -> prepare(job, job.inputs()));
            assertEquals(ErrorCode.BAD_MODEL, refused.error().code());
            assertTrue(
                    refused.error().message().startsWith("the checkpoint has no masked-LM head (" + head + ")"),
                    refused.error().message());
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{} | is no hard prompt's",
                "{'kind': 'hard', 'labels': ['a', 'b'], 'templates': ['{text}'], 'verbalizer': {'a': ['x'], 'b': ['y']}} | has no [MASK]",
                "{'kind': 'hard', 'labels': ['a', 'b'], 'templates': ['{text} [MASK]'], 'verbalizer': {'a': ['x'], 'b': []}} | has no words for the label b",
                "{'kind': 'hard', 'labels': ['a', 'b'], 'templates': ['{text} [MASK]'], 'verbalizer': {'a': ['x', null], 'b': ['y']}} | has no words for the label a, or an empty one",
                "{'kind': 'hard', 'labels': ['a', 'b'], 'templates': ['{text} [MASK]'], 'verbalizer': {'a': [' '], 'b': ['y']}} | has no words for the label a, or an empty one",
                "{'kind': 'hard', 'labels': ['a', 'b'], 'templates': ['{text} [MASK]'], 'verbalizer': {'a': ['x']}} | has no words for the label b",
                "{'kind': 'hard', 'labels': ['a', 'b'], 'templates': ['{text} [MASK]'], 'verbalizer': {'a': ['x'], 'b': ['y']}, 'calibration': []} | does not fit",
                "{'kind': 'hard', 'base_model_name_or_path': 'file:x', 'labels': ['a', 'b'], 'templates': ['{text} [MASK]'], 'verbalizer': {'a': ['soup'], 'b': ['雨']}} | the prompt was made for another base",
                "{'kind': 'hard', 'base_model_name_or_path': 'file:x', 'token_dim': 64, 'num_layers': 2, 'labels': ['a', 'b'], 'templates': ['{text} [MASK]'], 'verbalizer': {'a': ['soup'], 'b': ['rain']}} | has token_dim 64; the base model needs 32: the artifact was made for another base; give its own with --model",
                "{'kind': 'hard', 'base_model_name_or_path': 'file:x', 'token_dim': 32, 'num_layers': 3, 'labels': ['a', 'b'], 'templates': ['{text} [MASK]'], 'verbalizer': {'a': ['soup'], 'b': ['rain']}} | has num_layers 3; the base model needs 2: the artifact was made for another base",
                "[1] | can't be read",
            })
    void aBrokenFileIsABadModel(String json, String message) throws Exception {
        Files.writeString(folder.resolve("prompt.json"), json.replace('\'', '"'));
        ArtifactModels models = new ArtifactModels(List.of(new HardArtifact()));
        try (GoldenJob job = job(ONE + ", " + WORDS);
                BaseModel base = ArtifactModels.base(GoldenJob.GOLDEN.resolve("bert-mlm"), job.backend())) {
            JobException refused = assertThrows(
                    JobException.class,
                    () -> models.scoring(folder, base, "here", job.inputs().tokenizer(), job.backend(), null));
            assertEquals(ErrorCode.BAD_MODEL, refused.error().code());
            assertTrue(
                    refused.error().message().contains(message), refused.error().message());
        }
    }

    @Test
    void aFileLargerThanAnyIsNotReadWhole() throws Exception {
        Files.writeString(folder.resolve("prompt.json"), " ".repeat(10_000_001));
        JobException refused = assertThrows(JobException.class, () -> HardFile.read(folder));
        assertEquals(ErrorCode.BAD_MODEL, refused.error().code());
        assertTrue(refused.error().message().startsWith("prompt.json has 10000001 bytes"));
    }

    private static void refuses(String options, String message, ErrorCode code) throws Exception {
        JobException refused = assertThrows(JobException.class, () -> {
            try (GoldenJob job = job(options)) {
                prepare(job, job.inputs());
            }
        });
        assertEquals(code, refused.error().code());
        assertTrue(refused.error().message().contains(message), refused.error().message());
    }

    private static Tuning prepare(GoldenJob job, Inputs inputs) {
        return job.stage().prepare(inputs, List.of());
    }

    private static GoldenJob job(String options) throws Exception {
        String method = "{'name': 'prompt', 'kind': 'hard', %s}".formatted(options);
        return new GoldenJob("bert-mlm", method.replace('\'', '"'), "{\"max_steps\": 2}");
    }
}
