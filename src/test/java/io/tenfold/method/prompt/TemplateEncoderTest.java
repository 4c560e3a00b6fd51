package io.tenfold.method.prompt;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.tenfold.data.EncodedRow;
import io.tenfold.data.TextTokenizer;
import io.tenfold.job.JobException;
import io.tenfold.method.GoldenJob;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A filled template has Transformers' tokens, and when it is cut, only its texts lose some. */
class TemplateEncoderTest {

    private static final int[] ONE = {1};

    @ParameterizedTest
    @ValueSource(strings = {"bert-mlm", "roberta-mlm", "distilbert-mlm"})
    void wholeTemplatesHaveTransformersTokens(String model) throws Exception {
        try (TextTokenizer tokenizer = TextTokenizer.open(GoldenJob.GOLDEN.resolve(model), model)) {
            for (JsonNode golden : HardGolden.read(model + "/prompts.json").path("whole")) {
                EncodedRow row = encode(tokenizer, golden, 512);
                assertArrayEquals(HardGolden.numbers(golden.path("input_ids")), row.ids(), golden.toString());
                assertFalse(row.truncated());
                assertEquals(tokenizer.maskId(), row.ids()[row.marks()[1]]);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"bert-mlm", "roberta-mlm", "distilbert-mlm"})
    void aRowThatIsTooLongLosesTheEndsOfItsTexts(String model) throws Exception {
        try (TextTokenizer tokenizer = TextTokenizer.open(GoldenJob.GOLDEN.resolve(model), model)) {
            for (JsonNode golden : HardGolden.read(model + "/prompts.json").path("cut")) {
                EncodedRow row =
                        encode(tokenizer, golden, golden.path("max_length").intValue());
                assertArrayEquals(HardGolden.numbers(golden.path("input_ids")), row.ids(), golden.toString());
                assertTrue(row.truncated());
                assertEquals(tokenizer.maskId(), row.ids()[row.marks()[1]]);
            }
        }
    }

    private static EncodedRow encode(TextTokenizer tokenizer, JsonNode golden, int maxLength) {
        Template template = Template.of(golden.path("template").textValue());
        return new TemplateEncoder(tokenizer, List.of(template), ONE)
                .encode(List.of(golden.path("text").textValue()), HardGolden.second(golden), maxLength)
                .getFirst();
    }

    @Test
    void aMaskThatTheTextBringsIsNotTakenForTheTemplates() {
        try (TextTokenizer tokenizer = TextTokenizer.open(GoldenJob.GOLDEN.resolve("bert-mlm"), "bert")) {
            Template template = Template.of("{text} with [MASK], {text2}");
            TemplateEncoder encoder = new TemplateEncoder(tokenizer, List.of(template), ONE);
            EncodedRow row = encoder.encode(List.of("[MASK] train"), List.of("[MASK]"), 64)
                    .getFirst();
            int[] ids = row.ids();
            int with = tokenizer.ids("with")[0];
            assertEquals(with, ids[row.marks()[1] - 1]);
            assertEquals(
                    3,
                    java.util.Arrays.stream(ids)
                            .filter(id -> id == tokenizer.maskId())
                            .count());
        }
    }

    @Test
    void aRowHasAVersionForEachTemplateAndNumberOfMasks() {
        try (TextTokenizer tokenizer = TextTokenizer.open(GoldenJob.GOLDEN.resolve("bert-mlm"), "bert")) {
            List<Template> templates = List.of(Template.of("{text} with [MASK]"), Template.of("[MASK] {text}"));
            TemplateEncoder encoder = new TemplateEncoder(tokenizer, templates, new int[] {1, 3});
            EncodedRow row = encoder.encode(List.of("train"), null, 64).getFirst();
            int[][] masks = {{3, 1}, {3, 3}, {1, 1}, {1, 3}};
            for (int i = 0; i < masks.length; i++) {
                TemplateEncoder.Version version = encoder.version(row.ids(), row.types(), row.marks(), i / 2, i % 2);
                assertEquals(masks[i][0], version.mask());
                assertEquals(
                        masks[i][1],
                        java.util.Arrays.stream(version.ids())
                                .filter(id -> id == tokenizer.maskId())
                                .count());
                assertEquals(version.ids().length, version.types().length);
            }
        }
    }

    @Test
    void aTemplateThatLeavesNoRoomIsRefusedWithTheNumbers() {
        try (TextTokenizer tokenizer = TextTokenizer.open(GoldenJob.GOLDEN.resolve("bert-mlm"), "bert")) {
            Template template = Template.of("{text} train train train [MASK]");
            TemplateEncoder encoder = new TemplateEncoder(tokenizer, List.of(template), ONE);
            encoder.encode(List.of("."), null, 7);
            JobException refused = assertThrows(JobException.class, () -> encoder.encode(List.of("."), null, 6));
            assertTrue(
                    refused.error().message().startsWith("training.max_length is 6, but the template"),
                    refused.error().message());
            assertTrue(
                    refused.error().message().contains("takes 6 tokens"),
                    refused.error().message());
        }
    }
}
