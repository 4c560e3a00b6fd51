package io.tenfold.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.FineTuneRequest.TrainOn;
import io.tenfold.job.JobException;
import io.tenfold.job.TrainingOptions.TooLong;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** 200 conversations by eleven templates: texts, ids and answers are Transformers'. */
class ChatGoldenTest {

    private static final Path GOLDEN = Path.of("src/test/resources/golden/chat");
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Columns FOUND = LanguageSetTest.columns("messages");

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "chatml",
                "turns",
                "headers",
                "calls",
                "tools",
                "thoughts",
                "lines",
                "model",
                "ends",
                "generation",
                "macros"
            })
    void textsIdsAndAnswersAreTransformers(String name) throws Exception {
        try (TextTokenizer tokenizer = tokenizer(name)) {
            ChatTemplate template = tokenizer.chatTemplate(LocalDateTime.of(2026, 5, 1, 12, 0));
            assertNotNull(template);
            LanguagePreparation preparation = new LanguagePreparation(
                    new Preparation(tokenizer, 8192, TooLong.FAIL, 8), tokenizer, template, TrainOn.COMPLETION);
            List<JsonNode> rows = new ArrayList<>();
            for (String line : Files.readAllLines(GOLDEN.resolve("conversations.jsonl"))) {
                JsonNode row = JSON.readTree(line);
                if (row.at("/expected/" + name).has("refused")) {
                    refuses(
                            preparation,
                            row,
                            row.at("/expected/" + name + "/refused").asText());
                } else {
                    rows.add(row);
                }
            }
            DataFile file = file(rows);
            compare(name, file, preparation.set(file, FOUND), rows, template);
        }
    }

    private void refuses(LanguagePreparation preparation, JsonNode row, String words) throws IOException {
        JobException refused = assertThrows(JobException.class, () -> preparation.set(file(List.of(row)), FOUND));
        assertEquals(ErrorCode.BAD_DATA, refused.code());
        String message = String.valueOf(refused.getMessage());
        assertTrue(message.contains("line 1: the model's chat template refuses the conversation: " + words), message);
    }

    private static void compare(
            String name, DataFile file, TokenizedSet set, List<JsonNode> rows, ChatTemplate template) throws Exception {
        assertEquals(rows.size(), set.size());
        for (int i = 0; i < rows.size(); i++) {
            JsonNode expected = rows.get(i).at("/expected/" + name);
            Conversation conversation = new MessageReader(file, 1)
                    .conversation(
                            "messages",
                            rows.get(i).path("messages"),
                            rows.get(i).path("tools"));
            String text = template.render(conversation, false);
            String wanted = expected.path("text").asText();
            assertEquals(wanted, wanted.length() == 10 ? digest(text) : text);
            assertEquals(expected.path("prompt").asText(), digest(template.render(conversation, true)));
            String ids = Arrays.stream(set.ids(i)).mapToObj(String::valueOf).collect(Collectors.joining(" "));
            assertEquals(expected.path("ids").asText(), digest(ids), text);
            assertArrayEquals(JSON.treeToValue(expected.path("answers"), int[].class), set.answers(i), text);
        }
    }

    private DataFile file(List<JsonNode> rows) throws IOException {
        StringBuilder lines = new StringBuilder();
        for (JsonNode row : rows) {
            ObjectNode asked = row.deepCopy();
            asked.remove("expected");
            lines.append(asked).append('\n');
        }
        return Files4Tests.file(folder, "rows.jsonl", lines.toString().getBytes(StandardCharsets.UTF_8));
    }

    private TextTokenizer tokenizer(String name) throws IOException {
        Files.copy(GOLDEN.resolve("tokenizer.json"), folder.resolve("tokenizer.json"));
        Files.copy(GOLDEN.resolve(name + ".jinja"), folder.resolve("chat_template.jinja"));
        ObjectNode config = JSON.createObjectNode()
                .put("bos_token", "<s>")
                .put("unk_token", "<unk>")
                .put(
                        "eos_token",
                        JSON.readTree(GOLDEN.resolve("ends.json").toFile())
                                .path(name)
                                .asText());
        JSON.writeValue(folder.resolve("tokenizer_config.json").toFile(), config);
        return TextTokenizer.open(folder, "s3://models/" + name);
    }

    private static String digest(String text) throws Exception {
        byte[] hash = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
        return HexFormat.of().formatHex(hash).substring(0, 10);
    }
}
