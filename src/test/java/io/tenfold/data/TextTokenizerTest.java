package io.tenfold.data;

import static io.tenfold.data.Files4Tests.golden;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TextTokenizerTest {

    private static final ObjectMapper MAPPER = new ObjectMapper();

    @TempDir
    Path folder;

    /** {@code bert-bare} asks for truncation and padding at 16; {@code bert-gamma} has vocab.txt alone. */
    @ParameterizedTest
    @CsvSource({"bert,bert", "bert-bare,bert", "bert-gamma,bert", "roberta,roberta", "distilbert,distilbert"})
    void tokensAreTransformersTokens(String model, String texts) throws IOException {
        try (TextTokenizer tokenizer = TextTokenizer.open(golden(model), model)) {
            assertAgree(tokenizer, golden(texts));
        }
    }

    @Test
    void robertaWithoutTokenizerFileIsMadeFromVocabularyAndMerges() throws IOException {
        copy("roberta", "vocab.json", "merges.txt", "special_tokens_map.json", "config.json");
        try (TextTokenizer tokenizer = TextTokenizer.open(folder, "made")) {
            assertAgree(tokenizer, golden("roberta"));
        }
    }

    @Test
    void whatIsMadeFromAVocabularyIsWhatTransformersMakes() throws IOException {
        try (TextTokenizer tokenizer = TextTokenizer.open(golden("bert-gamma"), "bert-gamma")) {
            tokenizer.writeTo(folder, false);
        }
        assertEquals(
                MAPPER.readTree(golden("bert/tokenizer.json").toFile()),
                MAPPER.readTree(folder.resolve("tokenizer.json").toFile()));
    }

    @Test
    void anArtifactHasAllThatAutoTokenizerNeeds() throws IOException {
        copy("bert", "vocab.txt", "config.json");
        Path target = folder.resolve("artifact");
        try (TextTokenizer tokenizer = TextTokenizer.open(folder, "old")) {
            assertEquals(
                    List.of("tokenizer.json", "tokenizer_config.json", "vocab.txt"), tokenizer.writeTo(target, false));
        }
        JsonNode config =
                MAPPER.readTree(target.resolve("tokenizer_config.json").toFile());
        assertEquals("BertTokenizer", config.path("tokenizer_class").textValue());
        assertEquals(512, config.path("model_max_length").intValue());
        try (TextTokenizer tokenizer = TextTokenizer.open(target, "artifact")) {
            assertAgree(tokenizer, golden("bert"));
        }
    }

    @Test
    void filesThatAreThereTravelUnchanged() throws IOException {
        try (TextTokenizer tokenizer = TextTokenizer.open(golden("roberta"), "roberta")) {
            List<String> names = tokenizer.writeTo(folder, false);
            assertEquals(
                    List.of(
                            "merges.txt",
                            "special_tokens_map.json",
                            "tokenizer.json",
                            "tokenizer_config.json",
                            "vocab.json"),
                    names);
            for (String name : names) {
                assertEquals(-1, Files.mismatch(golden("roberta").resolve(name), folder.resolve(name)), name);
            }
        }
    }

    @Test
    void theConfigOverridesTheTokenizerFileAsInTransformers() throws IOException {
        copy("bert", "tokenizer.json");
        Files.writeString(
                folder.resolve("tokenizer_config.json"),
                "{\"tokenizer_class\":\"BertTokenizer\",\"do_lower_case\":false}");
        try (TextTokenizer cased = TextTokenizer.open(folder, "cased");
                TextTokenizer uncased = TextTokenizer.open(golden("bert"), "bert")) {
            int[] lower =
                    uncased.encode(List.of("the bread"), null, 16).getFirst().ids();
            assertArrayEquals(
                    lower,
                    uncased.encode(List.of("The BREAD"), null, 16).getFirst().ids());
            assertArrayEquals(
                    lower,
                    cased.encode(List.of("the bread"), null, 16).getFirst().ids());
            assertFalse(java.util.Arrays.equals(
                    lower,
                    cased.encode(List.of("The BREAD"), null, 16).getFirst().ids()));
        }
    }

    @Test
    void truncatedRowsKnowTheirWholeLength() {
        try (TextTokenizer tokenizer = TextTokenizer.open(golden("bert"), "bert")) {
            EncodedRow whole =
                    tokenizer.encode(List.of("The bread was fresh."), null, 7).getFirst();
            assertEquals(7, whole.ids().length);
            assertFalse(whole.truncated());
            EncodedRow cut =
                    tokenizer.encode(List.of("The bread was fresh."), null, 5).getFirst();
            assertEquals(5, cut.ids().length);
            assertEquals(5, cut.types().length);
            assertEquals(7, cut.untruncated());
            assertTrue(cut.truncated());
        }
    }

    @Test
    void tokensHaveIdsAndIdsHaveTexts() {
        try (TextTokenizer tokenizer = TextTokenizer.open(golden("bert"), "bert")) {
            assertEquals(4, tokenizer.maskId());
            assertEquals(4, tokenizer.id("[MASK]"));
            assertEquals(-1, tokenizer.id("no such token"));
            assertEquals(300, tokenizer.vocabularySize());
            int[] ids = tokenizer
                    .encode(List.of("The bread was fresh."), null, 16)
                    .getFirst()
                    .ids();
            assertEquals("the bread was fresh.", tokenizer.decode(ids, true));
        }
        try (TextTokenizer tokenizer = TextTokenizer.open(golden("roberta"), "roberta")) {
            assertEquals(tokenizer.id("<mask>"), tokenizer.maskId());
        }
    }

    @Test
    void aFolderWithoutATokenizerIsRefusedWithTheWayOut() {
        JobException refused = assertThrows(JobException.class, () -> TextTokenizer.open(folder, "s3://models/x"));
        assertEquals(ErrorCode.BAD_MODEL, refused.code());
        assertEquals("model", refused.param());
        assertTrue(
                String.valueOf(refused.getMessage())
                        .startsWith("s3://models/x: there is no tokenizer.json, and no vocabulary"),
                refused.getMessage());
    }

    @Test
    void aBrokenTokenizerFileIsRefused() throws IOException {
        for (String content : List.of("", "{", "[]", "{}", "{\"version\":\"1.0\",\"model\":{\"type\":\"None\"}}")) {
            Files.writeString(folder.resolve("tokenizer.json"), content);
            JobException refused =
                    assertThrows(JobException.class, () -> TextTokenizer.open(folder, "s3://models/x"), content);
            assertEquals(ErrorCode.BAD_MODEL, refused.code());
        }
    }

    @Test
    void cuttingAtTheLeftIsRefusedRatherThanDoneWrongly() throws IOException {
        copy("bert", "tokenizer.json");
        Files.writeString(folder.resolve("tokenizer_config.json"), "{\"truncation_side\":\"left\"}");
        JobException refused = assertThrows(JobException.class, () -> TextTokenizer.open(folder, "s3://models/x"));
        assertTrue(String.valueOf(refused.getMessage()).contains("truncation_side is left"), refused.getMessage());
    }

    private void copy(String model, String... names) throws IOException {
        for (String name : names) {
            Files.copy(golden(model).resolve(name), folder.resolve(name));
        }
    }

    private static void assertAgree(TextTokenizer tokenizer, Path model) throws IOException {
        ObjectNode expected =
                (ObjectNode) MAPPER.readTree(model.resolve("texts.json").toFile());
        int maxLength = expected.path("max_length").intValue();
        assertTrue(expected.path("rows").size() > 5);
        assertTrue(expected.path("truncated").size() > 5);
        for (JsonNode row : expected.path("rows")) {
            assertRow(tokenizer, row, maxLength);
        }
        for (JsonNode row : expected.path("truncated")) {
            assertRow(tokenizer, row, row.path("max_length").intValue());
        }
    }

    private static void assertRow(TextTokenizer tokenizer, JsonNode row, int maxLength) {
        @Nullable
        List<String> second = row.has("text2") ? List.of(row.path("text2").textValue()) : null;
        EncodedRow encoded = tokenizer
                .encode(List.of(row.path("text").textValue()), second, maxLength)
                .getFirst();
        int[] ids = MAPPER.convertValue(row.path("input_ids"), int[].class);
        assertArrayEquals(ids, encoded.ids(), () -> row.toString());
        int[] types = row.has("token_type_ids") ? MAPPER.convertValue(row.path("token_type_ids"), int[].class) : null;
        if (types != null) {
            assertArrayEquals(types, encoded.types(), () -> row.toString());
        }
        assertEquals(ids.length, encoded.types().length);
    }
}
