package io.tenfold.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tenfold.job.ErrorCode;
import io.tenfold.job.FineTuneRequest.LanguageColumns;
import io.tenfold.job.FineTuneRequest.TrainOn;
import io.tenfold.job.JobException;
import io.tenfold.job.TrainingOptions.TooLong;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Plain texts, prompts with completions and conversations as rows for a language model. */
class LanguageSetTest {

    private static final String GENERATION = Files4Tests.text(Files4Tests.golden("chat/generation.jinja"));
    private static final String CHATML = Files4Tests.text(Files4Tests.golden("chat/chatml.jinja"));
    private static final Columns SHOWN = new Columns(
            "text",
            null,
            null,
            "data.columns",
            false,
            new LanguageColumns(null, null, null, null, null, null, null),
            List.of());
    private static final Columns PAIRS = new Columns(
            "text",
            null,
            null,
            "data.columns",
            false,
            new LanguageColumns(null, "prompt", null, null, null, "chosen", "rejected"),
            List.of());

    @TempDir
    Path folder;

    /** Columns of messages. */
    static Columns columns(@Nullable String messages) {
        return new Columns(
                "text",
                null,
                null,
                "data.columns",
                false,
                new LanguageColumns(null, null, null, messages, null, null, null),
                List.of());
    }

    private TextTokenizer tokenizer(@Nullable String template) {
        try {
            Path model = Files.createDirectories(folder.resolve("model"));
            Files.copy(Files4Tests.golden("chat/tokenizer.json"), model.resolve("tokenizer.json"));
            Files.writeString(
                    model.resolve("tokenizer_config.json"), "{\"bos_token\": \"<s>\", \"eos_token\": \"<|im_end|>\"}");
            if (template != null) {
                Files.writeString(model.resolve("chat_template.jinja"), template);
            }
            return TextTokenizer.open(model, "s3://models/tiny");
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private record Made(TokenizedSet set, TextTokenizer tokenizer) {

        /** The tokens of a row that are trained on, as text. */
        String trained(int row) {
            int[] places = set.answers(row);
            return IntStream.range(0, places.length / 2)
                    .mapToObj(i ->
                            tokenizer.decode(Arrays.copyOfRange(set.ids(row), places[2 * i], places[2 * i + 1]), false))
                    .collect(Collectors.joining(" + "));
        }

        String text(int row) {
            return tokenizer.decode(set.ids(row), false);
        }
    }

    private Made made(String name, String content, @Nullable String template, TrainOn on, int most, TooLong tooLong) {
        TextTokenizer tokenizer = tokenizer(template);
        LanguagePreparation preparation = new LanguagePreparation(
                new Preparation(tokenizer, most, tooLong, 4),
                tokenizer,
                tokenizer.chatTemplate(LocalDateTime.of(2026, 5, 1, 12, 0)),
                on);
        DataFile file = Files4Tests.file(folder, name, content);
        boolean pairs = content.contains("rejected");
        return new Made(pairs ? preparation.preferences(file, PAIRS) : preparation.set(file, SHOWN), tokenizer);
    }

    private Made made(String name, String content) {
        return made(name, content, CHATML, TrainOn.COMPLETION, 512, TooLong.TRUNCATE);
    }

    private JobException refused(String name, String content, @Nullable String template) {
        return assertThrows(
                JobException.class, () -> made(name, content, template, TrainOn.COMPLETION, 512, TooLong.TRUNCATE));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '#',
            value = {
                "{\"instruction\": \"Say\", \"input\": \"hi\", \"output\": \"Hi!\"}#user\\nSay\\nhi#Hi!",
                "{\"instruction\": \"Say\", \"input\": \"\", \"output\": \"Hi!\"}#user\\nSay<#Hi!",
                "{\"conversations\": [{\"from\": \"human\", \"value\": \"Say\"}, {\"from\": \"gpt\", \"value\": \"Hi!\"}]}#user\\nSay<#Hi!",
                "{\"messages\": [{\"role\": \"user\", \"content\": \"Say\"}, {\"role\": \"assistant\", \"content\": \"Hi!\"}]}#user\\nSay<#Hi!"
            })
    void theFirstRowShowsWhatRowsAre(String row, String asked, String answered) {
        Made made = made("rows.jsonl", row + "\n");
        assertTrue(made.text(0).contains(asked.replace("\\n", "\n")), made.text(0));
        assertEquals(answered + "<|im_end|>", made.trained(0));
    }

    @Test
    void alpacaFromCsvAndAsOneJsonArray() {
        assertEquals(
                "b<|im_end|>",
                made("rows.csv", "instruction,input,output\na,,b\n").trained(0));
    }

    @Test
    void aFunctionCallIsAnAnswerAndItsResultIsNot() {
        String row = """
                {"system": "Be quick", "tools": "[{\\"name\\": \\"f\\"}]", "conversations": [{"from": "human", "value": "go"},
                 {"from": "function_call", "value": "{\\"name\\": \\"f\\", \\"arguments\\": {\\"x\\": 1}}"},
                 {"from": "observation", "value": "2"}, {"from": "gpt", "value": "It is 2"}]}""".replace("\n", "");
        Made made = made("rows.jsonl", row, GENERATION, TrainOn.COMPLETION, 512, TooLong.TRUNCATE);
        assertEquals(
                "\n<tool_call>{\"arguments\":{\"x\":1},\"name\":\"f\"}</tool_call><|im_end|> + It is 2<|im_end|>",
                made.trained(0));
    }

    @ParameterizedTest
    @CsvSource({"COMPLETION, b<|im_end|> + d<|im_end|>", "LAST, d<|im_end|>"})
    void trainOnChoosesAnswers(TrainOn on, String trained) {
        String row = """
                {"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"},
                 {"role": "user", "content": "c"}, {"role": "assistant", "content": "d"}]}""".replace("\n", "");
        assertEquals(
                trained,
                made("rows.jsonl", row, CHATML, on, 512, TooLong.TRUNCATE).trained(0));
    }

    @Test
    void allTokensButTheFirstAreTrainedOnWhereAllIsAsked() {
        Made made = made(
                "rows.jsonl", "{\"prompt\": \"ab\", \"completion\": \"cd\"}", null, TrainOn.ALL, 512, TooLong.TRUNCATE);
        assertArrayEquals(new int[] {1, made.set().ids(0).length}, made.set().answers(0));
    }

    @Test
    void aCompletionEndsByEosAndATokenAcrossTheBorderIsItsOwn() {
        Made made = made("rows.jsonl", "{\"prompt\": \"Our tra\", \"completion\": \"in left\"}");
        assertEquals("Our train left<|im_end|>", made.text(0));
        assertTrue(made.trained(0).endsWith(" left<|im_end|>"), made.trained(0));
        int places = made.set().answers(0)[0];
        int[] before =
                made.tokenizer().place(List.of("Our train left")).getFirst().ends();
        assertTrue(
                before[places - 1] <= 7 && before[places] > 7, "the first trained token crosses or follows the border");
    }

    @Test
    void aTokenOfBlanksThatTheTokenizerPlacesNowhereBelongsWhereItStands() {
        LanguageText text = new LanguageText(1, "ab  cd", new int[] {2, 6}, true, 0);
        PlacedTokens tokens =
                new PlacedTokens(new int[] {1, 2, 3, 4}, new int[4], new int[] {0, 1, 3, 4}, new int[] {1, 2, 3, 6});
        assertArrayEquals(new int[] {2, 4}, text.answers(tokens, 9));
    }

    @Test
    void labelsAreTheNextTokens() {
        Made made = made("rows.jsonl", "{\"prompt\": \"a b\", \"completion\": \" c\"}");
        int[] ids = made.set().ids(0);
        int[] next = made.set().nextTokens(0);
        int from = made.set().answers(0)[0];
        assertEquals(ids.length, next.length);
        for (int i = 0; i < ids.length; i++) {
            boolean counts = i + 1 >= from && i + 1 < ids.length;
            assertEquals(counts ? ids[i + 1] : Words.UNCOUNTED, next[i]);
        }
        assertEquals(ids.length - from, made.set().units(0));
    }

    @Test
    void plainTextsAreJoinedAndSplitAndNothingIsLost() {
        String text = "The soup was warm.\nOur train left ten minutes late, and it rained.\n".repeat(20);
        Made made = made("corpus.txt", text, null, TrainOn.COMPLETION, 16, TooLong.FAIL);
        String whole =
                IntStream.range(0, made.set().size()).mapToObj(made::text).collect(Collectors.joining());
        assertEquals(text + "<|im_end|>", whole);
        assertTrue(IntStream.range(0, made.set().size() - 1)
                .allMatch(row -> made.set().ids(row).length == 16));
        SplitReport.LanguageReport report = made.set().report().language();
        assertNotNull(report);
        assertEquals(1, report.documents());
        assertEquals(made.set().report().tokens() - made.set().size(), report.trained());
    }

    @Test
    void textsOfRowsAreDocuments() {
        Made made = made("rows.jsonl", "{\"text\": \"One.\"}\n{\"text\": \"Two.\"}\n");
        assertEquals(1, made.set().size());
        assertEquals("One.<|im_end|>Two.<|im_end|>", made.text(0));
    }

    @Test
    void rowsThatLoseTheirAnswerAreLeftOutAndCounted() {
        String rows = "{\"prompt\": \"%s\", \"completion\": \"x\"}\n{\"prompt\": \"a\", \"completion\": \" y\"}\n"
                .formatted("long ".repeat(40));
        Made made = made("rows.jsonl", rows, null, TrainOn.COMPLETION, 12, TooLong.TRUNCATE);
        SplitReport.LanguageReport report = made.set().report().language();
        assertNotNull(report);
        assertEquals(1, made.set().size());
        assertEquals(1, report.unanswered());
        assertEquals(1, made.set().report().truncated());
        assertEquals(" y<|im_end|>", made.trained(0));
    }

    @Test
    void noAnswerAtAllIsRefused() {
        JobException refused =
                refused("rows.jsonl", "{\"messages\": [{\"role\": \"user\", \"content\": \"a\"}]}", CHATML);
        assertEquals(ErrorCode.BAD_DATA, refused.code());
        assertTrue(
                String.valueOf(refused.getMessage()).contains("none of the 1 rows has an answer"),
                refused.getMessage());
    }

    @Test
    void anAnswerWithoutAMarkAtItsEndIsCounted() {
        String bare = "{% for m in messages %}{{ m.role + ': ' + m.content + '\\n' }}{% endfor %}";
        Made made = made(
                "rows.jsonl",
                "{\"instruction\": \"a\", \"output\": \"b\"}",
                bare,
                TrainOn.COMPLETION,
                64,
                TooLong.FAIL);
        SplitReport.LanguageReport report = made.set().report().language();
        assertNotNull(report);
        assertEquals(1, report.endless());
    }

    @Test
    void aTemplateThatHidesWhereAnswersStandIsRefusedWithTheWayOut() {
        String sorted = "{{ messages | reverse | map(attribute='content') | join(' ') }}";
        JobException refused = refused("rows.jsonl", "{\"instruction\": \"a\", \"output\": \"b\"}", sorted);
        assertEquals(ErrorCode.BAD_MODEL, refused.code());
        assertTrue(String.valueOf(refused.getMessage()).contains("{% generation %}"), refused.getMessage());
    }

    @Test
    void conversationsWithoutATemplateAreRefusedWithTheWayOut() {
        JobException refused = refused("rows.jsonl", "{\"instruction\": \"a\", \"output\": \"b\"}", null);
        assertEquals(ErrorCode.BAD_MODEL, refused.code());
        assertTrue(String.valueOf(refused.getMessage()).contains("chat_template.jinja"), refused.getMessage());
    }

    @Test
    void aBrokenTemplateIsRefusedWithFileAndLine() {
        JobException refused = refused(
                "rows.jsonl", "{\"instruction\": \"a\", \"output\": \"b\"}", "{{ bos_token }}\n{% fro x in y %}");
        assertEquals(ErrorCode.BAD_MODEL, refused.code());
        assertTrue(
                String.valueOf(refused.getMessage())
                        .contains("s3://models/tiny: chat_template.jinja, line 2: the block fro"),
                refused.getMessage());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"messages\": \"a\"}",
                "{\"messages\": []}",
                "{\"messages\": [{\"content\": \"a\"}]}",
                "{\"conversations\": [{\"from\": \"me\", \"value\": \"a\"}]}",
                "{\"conversations\": [{\"from\": \"function_call\", \"value\": \"a\"}]}",
                "{\"instruction\": null, \"output\": \"b\"}",
                "{\"prompt\": [1], \"completion\": \"b\"}",
                "{\"words\": \"b\"}"
            })
    void whatIsNoConversationIsRefused(String row) {
        JobException refused = refused("rows.jsonl", row, CHATML);
        assertEquals(ErrorCode.BAD_DATA, refused.code());
        String message = String.valueOf(refused.getMessage());
        assertTrue(message.contains("line 1") || message.contains("columns are words"), message);
    }

    @Test
    void preferencesAreTwoAnswersToOnePrompt() {
        String rows = """
                {"prompt": "Say", "chosen": " yes", "rejected": " no no"}
                {"prompt": [{"role": "user", "content": "Say"}], "chosen": [{"role": "assistant", "content": "a"}], "rejected": [{"role": "assistant", "content": "b"}]}
                """;
        Made made = made("rows.jsonl", rows);
        Made worse = new Made(made.set().rejected(), made.tokenizer());
        assertEquals(2, made.set().size());
        assertEquals(" yes<|im_end|>", made.trained(0));
        assertEquals(" no no<|im_end|>", worse.trained(0));
        assertEquals("a<|im_end|>", made.trained(1));
        assertEquals("b<|im_end|>", worse.trained(1));
        assertEquals("b<|im_end|>", new Made(made.set().only(new int[] {1}).rejected(), made.tokenizer()).trained(0));
    }

    @Test
    void answersThatDifferBeyondTheCutAloneAreCountedAndLeftOut() {
        String rows = """
                {"prompt": "Say", "chosen": " one two three four five six seven eight", "rejected": " one two three four five six seven nine"}
                {"prompt": "Say", "chosen": " yes", "rejected": " no no"}
                """;
        Made made = made("rows.jsonl", rows, null, TrainOn.COMPLETION, 6, TooLong.TRUNCATE);
        assertEquals(1, made.set().size());
        assertEquals(" yes<|im_end|>", made.trained(0));
        assertEquals(1, Objects.requireNonNull(made.set().report().language()).unanswered());
    }

    @Test
    void earlierTurnsInAColumnAreRefused() {
        JobException refused = refused("rows.csv", "instruction,output,history\nSay,yes,[]\n", null);
        assertTrue(
                String.valueOf(refused.getMessage()).contains("whose column history, the turns before an instruction"),
                refused.getMessage());
    }

    @Test
    void twoAnswersThatAreTheSameAreRefusedByLine() {
        JobException refused =
                refused("rows.jsonl", "{\"prompt\": \"Say\", \"chosen\": \"a\", \"rejected\": \"a\"}", null);
        assertTrue(
                String.valueOf(refused.getMessage()).contains("line 1: the chosen and the rejected"),
                refused.getMessage());
    }

    @Test
    void generationEndsWhereTheModelSays() throws IOException {
        try (TextTokenizer tokenizer = tokenizer(null)) {
            assertArrayEquals(new int[] {tokenizer.id("<|im_end|>")}, tokenizer.endIds());
            Files.writeString(folder.resolve("model/generation_config.json"), "{\"eos_token_id\": [7, 1]}");
            assertArrayEquals(new int[] {7, 1, tokenizer.id("<|im_end|>")}, tokenizer.endIds());
            assertNull(tokenizer.chatTemplate(LocalDateTime.of(2026, 5, 1, 12, 0)));
        }
    }

    @Test
    void aStreamGivesWholeCharactersAndTheWholeText() {
        try (TextTokenizer tokenizer = tokenizer(null)) {
            String text = "größer 日本語 🙂 and on";
            int[] ids = tokenizer.ids(text);
            TextStream stream = tokenizer.stream(true);
            StringBuilder told = new StringBuilder();
            for (int id : ids) {
                String piece = stream.next(id);
                assertEquals(-1, piece.indexOf('\uFFFD'));
                told.append(piece);
            }
            assertEquals(text, told.append(stream.end()).toString());
        }
    }

    @Test
    void strftimeIsCs() {
        String template = "{{ strftime_now('%d %b %Y, %-d. %B; %A %H:%M %p 100%%') }}";
        try (TextTokenizer tokenizer = tokenizer(template)) {
            ChatTemplate chat = tokenizer.chatTemplate(LocalDateTime.of(2026, 5, 1, 9, 5));
            assertNotNull(chat);
            assertEquals("01 May 2026, 1. May; Friday 09:05 AM 100%", chat.render(Conversation.of(List.of()), false));
        }
    }
}
