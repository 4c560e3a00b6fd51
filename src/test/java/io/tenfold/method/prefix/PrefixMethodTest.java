package io.tenfold.method.prefix;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tenfold.checkpoint.PeftFiles;
import io.tenfold.job.JobError;
import io.tenfold.job.JobException;
import io.tenfold.method.ArtifactModels;
import io.tenfold.method.GoldenJob;
import io.tenfold.model.BaseModel;
import io.tenfold.model.Network;
import io.tenfold.tensor.Backend;
import io.tenfold.tensor.Parameter;
import io.tenfold.train.Inputs;
import io.tenfold.train.Tuning;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Counts and refusals of prefixes. */
class PrefixMethodTest {

    @TempDir
    Path folder;

    @Test
    void bertBaseHasTheWeightsThatPeftCounts() {
        try (Backend backend = Backend.open("cpu", 1)) {
            PrefixConfig plain = new PrefixConfig(20, false, null);
            assertEquals(368_640, size(PrefixModel.encoder(plain, backend, 1, 12, 768, 768)));
            // A table of 20 by 768, 768 to 768, 768 to 12 * 2 * 768, each with its bias.
            PrefixConfig projected = new PrefixConfig(20, true, null);
            assertEquals(14_780_160, size(PrefixModel.encoder(projected, backend, 1, 12, 768, 768)));
        }
    }

    private static long size(PrefixEncoder encoder) {
        return encoder.parameters().stream().mapToLong(Parameter::size).sum();
    }

    @Test
    void methodParametersLeaveOutTheHead() throws Exception {
        try (GoldenJob job = job("{}")) {
            Tuning tuning = prepare(job);
            assertEquals(20 * 2 * 2 * 32, tuning.methodParameters());
            tuning.network().close();
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '"',
            value = {
                "{'encoder_hidden_size': 8}; method.encoder_hidden_size; set prefix_projection to true",
                "{'prefix_projektion': true}; method.prefix_projektion; did you mean prefix_projection",
                "{'num_virtual_tokens': -1}; method.num_virtual_tokens; it must be from 1"
            })
    void aWrongOptionIsRefusedWithTheWayOut(String method, String param, String way) {
        JobError error =
                assertThrows(JobException.class, () -> job(method).close()).error();
        assertEquals(param, error.param());
        assertTrue(error.message().contains(way), error.message());
    }

    @Test
    void moreVirtualTokensThanPositionsAreRefused() throws Exception {
        try (GoldenJob job = job("{'num_virtual_tokens': 385}")) {
            JobError error =
                    assertThrows(JobException.class, () -> prepare(job)).error();
            assertEquals("training.max_length", error.param());
            assertTrue(error.message().contains("method.num_virtual_tokens 385"), error.message());
        }
    }

    @Test
    void virtualTokensThatLeaveNoRoomAreRefusedBeforeAnyWeightIsRead() throws Exception {
        try (GoldenJob job = job("{'num_virtual_tokens': 600}")) {
            Inputs without = job.withoutWeights(folder);
            JobError error = assertThrows(JobException.class, () -> job.stage().prepare(without, List.of()))
                    .error();
            assertEquals("method.num_virtual_tokens", error.param());
            assertTrue(error.message().contains("is 600, but the model has 512 positions"), error.message());
            assertTrue(error.message().contains("give at most 508"), error.message());
        }
    }

    @ParameterizedTest
    @CsvSource({
        "token_dim, 64, token_dim is 64; the base model needs 32",
        "num_layers, 12, num_layers is 12; the base model needs 2",
        "num_attention_heads, 2, num_attention_heads is 2; the base model needs 4",
        "num_virtual_tokens, 600, the base model has 512 positions",
        "num_virtual_tokens, 6, 'prompt_embeddings is (5, 128); the base model needs (6, 128)'"
    })
    void anArtifactOfAnotherBaseIsRefused(String field, int value, String message) throws Exception {
        for (String file : List.of(PeftFiles.CONFIG, PeftFiles.WEIGHTS)) {
            Files.copy(GoldenJob.GOLDEN.resolve("bert-prefix").resolve(file), folder.resolve(file));
        }
        ObjectNode config = PeftFiles.readConfig(folder);
        new ObjectMapper().writeValue(folder.resolve(PeftFiles.CONFIG).toFile(), config.put(field, value));
        refusedAs(folder, message + ": the artifact was made for another base; give its own with --model");
    }

    @Test
    void aVirtualTokensNumberThatIsNoneIsRefused() throws Exception {
        Files.copy(
                GoldenJob.GOLDEN.resolve("bert-prefix").resolve(PeftFiles.WEIGHTS), folder.resolve(PeftFiles.WEIGHTS));
        Files.writeString(folder.resolve(PeftFiles.CONFIG), "{\"peft_type\": \"PREFIX_TUNING\"}");
        refusedAs(folder, "num_virtual_tokens is missing; it must be at least 1");
    }

    private static void refusedAs(Path artifact, String message) {
        ArtifactModels models = new ArtifactModels(List.of(new PrefixMethod()));
        try (Backend backend = Backend.open("cpu", 1);
                BaseModel base = ArtifactModels.base(GoldenJob.GOLDEN.resolve("bert"), backend)) {
            JobError error = assertThrows(JobException.class, () -> {
                        try (Network network = models.open(artifact, base, "a", backend)) {
                            network.head();
                        }
                    })
                    .error();
            assertTrue(error.message().contains(message), error.message());
        }
    }

    private static GoldenJob job(String method) throws Exception {
        String named = method.replace('\'', '"')
                .replaceFirst("\\{", "{\"name\": \"prefix\", ")
                .replace(", }", "}");
        return new GoldenJob("bert", named, "{\"max_steps\": 1}");
    }

    private static Tuning prepare(GoldenJob job) {
        return job.stage().prepare(job.inputs(), List.of());
    }
}
