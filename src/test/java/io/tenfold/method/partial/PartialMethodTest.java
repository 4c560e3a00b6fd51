package io.tenfold.method.partial;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tenfold.checkpoint.SafetensorsReader;
import io.tenfold.checkpoint.SafetensorsWriter;
import io.tenfold.job.Fields;
import io.tenfold.job.JobError;
import io.tenfold.job.JobException;
import io.tenfold.method.GoldenJob;
import io.tenfold.model.HeadSpec;
import io.tenfold.model.LoadOptions;
import io.tenfold.model.ModelHooks;
import io.tenfold.model.Network;
import io.tenfold.model.family.Models;
import io.tenfold.tensor.Parameter;
import io.tenfold.train.QuietSink;
import io.tenfold.train.TrainingLoop;
import io.tenfold.train.Tuning;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which weights the options choose, what they refuse, and when gradual unfreezing frees what. */
class PartialMethodTest {

    private static final String TRAINING = "{\"epochs\": 3, \"batch_size\": 8, \"learning_rate\": 1e-3, \"seed\": 5}";

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '`',
            value = {
                "bert ; 'train_last_layers': 1 ; (classifier|bert.pooler|bert.encoder.layer.1).*",
                "bert ; 'train_last_layers': 2 ; (classifier|bert.pooler|bert.encoder).*",
                "bert ; 'train_first_layers': 1 ; (classifier|bert.pooler|bert.encoder.layer.0).*",
                "distilbert ; 'train_first_layers': 1, 'train_last_layers': 1 ; (classifier|pre_classifier|distilbert.transformer.layer.[02]).*",
                "bert ; 'bias_only': true ; .*bias|classifier.*",
                "bert ; 'bias_only': true, 'trainable': ['query', 'intermediate.dense'] ; .*(query|intermediate.dense|pooler.dense).bias|classifier.*",
                "bert ; 'head_only': true ; (classifier|bert.pooler).*",
                "roberta ; 'head_only': true ; classifier.*",
                "distilbert ; 'head_only': true ; (classifier|pre_classifier).*",
                "bert ; 'trainable': 'value' ; (classifier|bert.pooler).*|.*value.*",
                "bert ; 'trainable': ['layer.1.output', 'word_embeddings.weight'] ; (classifier|bert.pooler|bert.encoder.layer.1.output).*|.*word_embeddings.*",
                "bert ; 'trainable': '.*layer\\\\.[0-9]\\\\.attention\\\\.self\\\\.(key|value)' ; (classifier|bert.pooler).*|.*(key|value).*",
                "bert ; 'frozen': ['embeddings'] ; (?!.*embeddings).*",
                "bert ; 'train_last_layers': 1, 'trainable': ['layer.0'], 'frozen': ['pooler', '.*LayerNorm'] ; classifier.*|bert.encoder(?!.*LayerNorm).*",
                "bert-bare ; 'train_last_layers': 1, 'frozen': ['bias', 'pooler'] ; classifier.*|bert.encoder.layer.1.*weight",
                "bert ; 'gradual_unfreezing': true ; .*"
            })
    void theOptionsChooseTheseWeights(String model, String options, String chosen) throws IOException {
        try (GoldenJob job = new GoldenJob(model, method(options), TRAINING)) {
            Tuning tuning = prepared(job);
            Set<String> expected = new TreeSet<>();
            for (Parameter parameter : tuning.network().parameters()) {
                if (Pattern.matches(chosen, parameter.name())) {
                    expected.add(parameter.name());
                }
                assertEquals(tuning.trained().contains(parameter.name()), parameter.trainable(), parameter.name());
            }
            assertEquals(expected, names(tuning));
            tuning.network().close();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"'bias_only': true", "'train_last_layers': 1, 'frozen': '.*(pooler|attention).*'"})
    void aPoolerThatTheCheckpointLacksIsTrainedWhole(String options) throws IOException {
        Path bert = GoldenJob.GOLDEN.resolve("bert");
        Files.copy(bert.resolve("config.json"), folder.resolve("config.json"));
        try (GoldenJob job = new GoldenJob("bert", method(options), TRAINING);
                NDManager scope = job.backend().scope();
                SafetensorsReader model = SafetensorsReader.openModel(bert)) {
            Map<String, NDArray> tensors = new LinkedHashMap<>(model.readAll(scope));
            tensors.keySet().removeIf(name -> name.contains("pooler"));
            SafetensorsWriter.write(folder.resolve("model.safetensors"), tensors);
            PartialConfig config = new PartialMethod().read(new Fields(new ObjectMapper().readTree(method(options))));
            try (Network network = Models.load(
                    folder, HeadSpec.classification(3), ModelHooks.NONE, job.backend(), LoadOptions.seeded(1))) {
                assertTrue(ChosenPart.of(config, network).contains("bert.pooler.dense.weight"));
            }
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "'train_last_layers': 3 | train_last_layers | method.train_last_layers is 3, but the model has 2 layers; give at most that",
                "'train_first_layers': 9 | train_first_layers | method.train_first_layers is 9, but the model has 2 layers; give at most that",
                "'trainable': ['query', 'qery'] | trainable | method.trainable has qery, which matches no weight of the model; these would: LayerNorm, attention, bert, bias, classifier,",
                "'trainable': ['query', 'qery'] | trainable | did you mean query?",
                "'frozen': 'layer.7' | frozen | method.frozen has layer.7, which matches no weight",
                "'frozen': '.*' | frozen | method.frozen leaves nothing to train below the head; name less there, or use head_only",
                "'train_last_layers': 1, 'frozen': ['layer.1'] | frozen | method.frozen leaves nothing to train below the head",
                "'bias_only': true, 'trainable': ['word_embeddings'] | bias_only | method.bias_only leaves nothing to train below the head",
                "'train_last_layers': 1, 'frozen': ['classifier'] | frozen | method.frozen has classifier, which is the head or another new weight; these are always trained, take it out"
            })
    void whatTheModelRulesOutIsRefused(String options, String param, String message) throws IOException {
        try (GoldenJob job = new GoldenJob("bert", method(options), TRAINING)) {
            JobException refused = assertThrows(JobException.class, () -> prepared(job));
            assertEquals("method." + param, refused.error().param());
            assertTrue(
                    refused.error().message().contains(message), refused.error().message());
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "'train_last_layers': null, 'bias_only': false | name | name is partial, but nothing says which part is trained; give at least one of train_last_layers, train_first_layers, trainable, frozen, bias_only, head_only, gradual_unfreezing (to train all, use full)",
                "'head_only': true, 'train_last_layers': 2, 'gradual_unfreezing': true | head_only | head_only is true, but train_last_layers, gradual_unfreezing would train more than the head; leave out one or the other",
                "'train_last_layers': 0 | train_last_layers | train_last_layers is 0; it must be at least 1",
                "'trainable': [] | trainable | trainable is an empty list; name modules, or leave it out",
                "'frozen': ['query', '('] | frozen | frozen has (, which is neither a name nor a regular expression that can be used: missing closing ): (; expressions are RE2's, without look-around: write it so, or name the modules in a list",
                "'trainable': 3 | trainable | trainable is 3; it must be a list of texts"
            })
    void whatTheRequestShowsToBeWrongIsRefusedAtTheDoor(String options, String param, String message)
            throws IOException {
        Fields fields = new Fields(new ObjectMapper().readTree(method(options)));
        new PartialMethod().read(fields);
        List<JobError> errors = fields.errors();
        assertEquals(1, errors.size(), errors.toString());
        assertEquals(param, errors.getFirst().param());
        assertEquals(message, errors.getFirst().message());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "'train_last_layers': 1 | {} | method.gradual_unfreezing needs two layers or more to free one after another, but the options choose 1; choose more, or leave it out",
                "'train_first_layers': 1 | {} | method.gradual_unfreezing needs two layers or more",
                "'trainable': ['layer.1'] | {} | method.gradual_unfreezing needs two layers or more to free one after another, but the options choose 1; choose more",
                "'trainable': ['pooler'] | {} | method.gradual_unfreezing needs two layers or more to free one after another, but the options choose 0; choose more",
                "'train_last_layers': 5 | {} | method.gradual_unfreezing frees one layer each epoch, but 5 are chosen and training has 3 epochs, so that the lowest would never be trained; give 5 epochs, choose fewer layers, or leave it out",
                "'train_last_layers': 2 | {'epochs': 1} | but 2 are chosen and training has 1 epochs, so that the lowest would never be trained; give 2 epochs",
                "'train_last_layers': 2, 'trainable': ['embeddings'] | {'epochs': 2, 'batch_size': 8} | but 3 are chosen and training has 2 epochs",
                "'train_last_layers': 2 | {'max_steps': 5, 'batch_size': 8} | but 2 are chosen and training has 1 epochs",
            })
    void gradualUnfreezingThatCanNotDoWhatItSaysIsRefused(String part, String training, String message) {
        JobException refused = assertThrows(JobException.class, () -> {
            try (GoldenJob job =
                    new GoldenJob("bert", method(part + ", 'gradual_unfreezing': true"), training.replace('\'', '"'))) {
                prepared(job);
            }
        });
        assertEquals("method.gradual_unfreezing", refused.error().param());
        assertTrue(refused.error().message().contains(message), refused.error().message());
    }

    @ParameterizedTest
    @ValueSource(strings = {"'train_last_layers': 2", "'trainable': ['layer.1', 'embeddings']"})
    void gradualUnfreezingOfAPartWithAnEpochForEachLayerTrainsAllOfIt(String part) throws IOException {
        try (GoldenJob job = new GoldenJob(
                        "bert", method(part + ", 'gradual_unfreezing': true"), "{\"epochs\": 2, \"batch_size\": 8}");
                GoldenJob plain = new GoldenJob("bert", method(part), TRAINING)) {
            Tuning gradual = prepared(job);
            Tuning whole = prepared(plain);
            assertEquals(names(whole), names(gradual));
            gradual.network().close();
            whole.network().close();
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "'train_last_layers': 2 | 2e-5",
                "'bias_only': true | 4e-4",
                "'head_only': true | 1e-3",
                "'gradual_unfreezing': true | 2e-5"
            })
    void eachPartHasItsUsualLearningRate(String options, double rate) throws IOException {
        PartialMethod method = new PartialMethod();
        assertEquals(
                rate, method.learningRate(method.read(new Fields(new ObjectMapper().readTree(method(options))))), 0);
    }

    @Test
    void gradualUnfreezingFreesALayerAnEpochWhichAdamHasNotSeenBefore() throws Exception {
        String training = TRAINING.replace("{", "{\"save_steps\": 5, \"save_total_limit\": 9, ");
        try (GoldenJob job = new GoldenJob("bert", method("'gradual_unfreezing': true"), training)) {
            Tuning tuning = prepared(job);
            new TrainingLoop(tuning, job.inputs(), GoldenJob.environment(folder, new QuietSink(), null)).run();
            // Five steps an epoch: after the first, then the second.
            for (Parameter parameter : tuning.trained()) {
                checkAdam(job, parameter, 5, freedIn(parameter.name()) <= 1 ? 5 : 0);
                checkAdam(
                        job,
                        parameter,
                        10,
                        freedIn(parameter.name()) <= 1 ? 10 : freedIn(parameter.name()) == 2 ? 5 : 0);
            }
            tuning.network().close();
        }
    }

    /** The first epoch that trains a weight of the golden BERT, which has two layers. */
    private static int freedIn(String name) {
        return name.contains("embeddings") ? 3 : name.contains("layer.0") ? 2 : 1;
    }

    /** How often Adam has moved a weight, as a checkpoint says; a weight that was frozen has the bytes of the model. */
    private void checkAdam(GoldenJob job, Parameter parameter, int step, int updates) throws IOException {
        Path checkpoint;
        try (Stream<Path> files = Files.walk(folder)) {
            checkpoint = files.filter(path -> path.endsWith("checkpoint-" + step))
                    .findFirst()
                    .orElseThrow();
        }
        try (NDManager scope = job.backend().scope();
                SafetensorsReader adam = SafetensorsReader.open(checkpoint.resolve("optimizer.safetensors"));
                SafetensorsReader weights = SafetensorsReader.open(checkpoint.resolve("trainable.safetensors"));
                SafetensorsReader model = SafetensorsReader.openModel(GoldenJob.GOLDEN.resolve("bert"))) {
            assertEquals(updates, adam.read(scope, parameter.name() + ".step").getFloat(), parameter.name());
            NDArray mean = adam.read(scope, parameter.name() + ".exp_avg");
            assertEquals(updates > 0, mean.abs().sum().getFloat() > 0, parameter.name());
            byte[] before = model.read(scope, parameter.name()).toByteArray();
            byte[] after = weights.read(scope, parameter.name()).toByteArray();
            if (updates == 0) {
                assertArrayEquals(before, after, parameter.name());
            } else {
                assertFalse(java.util.Arrays.equals(before, after), parameter.name());
            }
        }
    }

    @Test
    void aLayerThatNoEpochReachesIsNotTrainedAtAll() throws IOException {
        try (GoldenJob job = new GoldenJob(
                "distilbert", method("'gradual_unfreezing': true"), "{\"epochs\": 2, \"batch_size\": 8}")) {
            Tuning tuning = prepared(job);
            assertTrue(names(tuning).stream()
                    .allMatch(name -> name.matches("(classifier|pre_classifier|distilbert.transformer.layer.[12]).*")));
            tuning.network().close();
        }
    }

    private static String method(String options) {
        return "{\"name\": \"partial\", %s}".formatted(options.replace('\'', '"'));
    }

    private static Tuning prepared(GoldenJob job) {
        return job.stage().prepare(job.inputs(), List.of());
    }

    private static Set<String> names(Tuning tuning) {
        Set<String> names = new TreeSet<>();
        tuning.trained().forEach(parameter -> names.add(parameter.name()));
        return names;
    }
}
