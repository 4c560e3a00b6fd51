package io.tenfold.train.writing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import io.tenfold.job.StopCheck;
import io.tenfold.model.HeadSpec;
import io.tenfold.model.LoadOptions;
import io.tenfold.model.ModelHooks;
import io.tenfold.model.Network;
import io.tenfold.model.family.Models;
import io.tenfold.tensor.Backend;
import io.tenfold.tensor.Parameter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the writer makes of tiny decoders; the greedy texts are those of Transformers' {@code generate}. */
class TextWriterTest {

    private static final Path GOLDEN = Path.of("src/test/resources/golden/decoders");
    private static final int NEW = 200;
    private static final int POSITIONS = 256;
    private static final ObjectMapper JSON = new ObjectMapper();

    /** A letter is a token: of 64 ids, from {@code 0} to {@code o}. */
    private static String letters(int[] ids) {
        return Arrays.stream(ids).mapToObj(id -> Character.toString('0' + id)).collect(Collectors.joining());
    }

    private static int[][] lists(JsonNode lists) {
        int[][] rows = new int[lists.size()][];
        for (int row = 0; row < rows.length; row++) {
            rows[row] = JSON.convertValue(lists.path(row), int[].class);
        }
        return rows;
    }

    private static int[][] prompts() throws IOException {
        return lists(JSON.readTree(GOLDEN.resolve("rows.json").toFile()).path("prompts"));
    }

    private static int[][] generated(String model) throws IOException {
        return lists(
                JSON.readTree(GOLDEN.resolve(model).resolve("generated.json").toFile()));
    }

    private static Network network(Backend backend, String model) {
        return Models.load(
                GOLDEN.resolve(model), HeadSpec.maskedLm(), ModelHooks.NONE, backend, new LoadOptions(1, 0.0));
    }

    private static List<Written> write(String model, Sampling sampling, int atOnce, int[]... prompts) {
        return write(model, sampling, atOnce, Pieces.UNHEARD, prompts);
    }

    private static List<Written> write(String model, Sampling sampling, int atOnce, Pieces pieces, int[]... prompts) {
        try (Backend backend = Backend.open("cpu", 1);
                Network network = network(backend, model)) {
            return new TextWriter(network, backend, TextWriterTest::letters, sampling, atOnce).write(prompts, pieces);
        }
    }

    private static List<Integer> boxed(int... ids) {
        return Arrays.stream(ids).boxed().toList();
    }

    @ParameterizedTest
    @CsvSource({"gpt2, 1", "gpt2, 3", "llama, 2", "llama, 10", "mistral, 3", "qwen2, 3", "qwen3, 3"})
    void greedyTextIsTheReferences(String model, int atOnce) throws IOException {
        int[][] expected = generated(model);
        List<Written> rows = write(model, Sampling.greedy(NEW, Set.of()), atOnce, prompts());
        assertEquals(expected.length, rows.size());
        for (int row = 0; row < expected.length; row++) {
            assertEquals(new Written(boxed(expected[row]), letters(expected[row]), Ending.MAX_TOKENS), rows.get(row));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void rowsEndWithTheirOwnEndTokensAndTheOthersGoOn(int atOnce) throws IOException {
        int[][] expected = generated("llama");
        Set<Integer> ends = Set.of(31, 11);
        List<Written> rows = write("llama", Sampling.greedy(NEW, ends), atOnce, prompts());
        List<Integer> lengths = new ArrayList<>();
        for (int row = 0; row < expected.length; row++) {
            int[] all = expected[row];
            int end = IntStream.range(0, all.length)
                    .filter(i -> ends.contains(all[i]))
                    .findFirst()
                    .orElse(-1);
            Written wanted = end < 0
                    ? new Written(boxed(all), letters(all), Ending.MAX_TOKENS)
                    : new Written(
                            boxed(Arrays.copyOf(all, end + 1)), letters(Arrays.copyOf(all, end)), Ending.END_TOKEN);
            assertEquals(wanted, rows.get(row));
            lengths.add(rows.get(row).tokens().size());
        }
        assertEquals(3, Set.copyOf(lengths).size(), "rows of " + lengths);
    }

    @Test
    void aTextEndsBeforeAStopStringAndIsHeardInPieces() throws IOException {
        int[][] expected = generated("llama");
        String first = letters(expected[0]);
        String second = letters(expected[1]);
        String stop = second.substring(28, 33);
        int end = second.indexOf(stop);
        assertFalse(first.contains(stop));
        TreeMap<Integer, StringBuilder> heard = new TreeMap<>();
        List<Written> rows = write(
                "llama",
                new Sampling(NEW, 0, 0, 1, 0, List.of("never", stop), Set.of()),
                3,
                (row, piece) ->
                        heard.computeIfAbsent(row, _ -> new StringBuilder()).append(piece),
                prompts());
        assertEquals(new Written(boxed(expected[0]), first, Ending.MAX_TOKENS), rows.get(0));
        assertEquals(
                new Written(
                        boxed(Arrays.copyOf(expected[1], end + stop.length())),
                        second.substring(0, end),
                        Ending.STOP_STRING),
                rows.get(1));
        for (int row = 0; row < rows.size(); row++) {
            assertEquals(rows.get(row).text(), String.valueOf(heard.get(row)));
        }
    }

    @Test
    void drawsFollowFromSeedAndRowAndNotFromTheBatch() throws IOException {
        int[][] prompts = {prompts()[0], prompts()[2], prompts()[0], prompts()[1], prompts()[0]};
        Sampling sampling = new Sampling(60, 1.2, 20, 0.9, 7, List.of(), Set.of(1));
        List<Written> together = write("qwen3", sampling, 5, prompts);
        assertEquals(together, write("qwen3", sampling, 1, prompts));
        assertEquals(together, write("qwen3", sampling, 2, prompts));
        assertEquals(together.subList(0, 2), write("qwen3", sampling, 2, prompts[0], prompts[1]));
        assertNotEquals(together.get(0).tokens(), together.get(2).tokens());
        Sampling otherwise = new Sampling(60, 1.2, 20, 0.9, 8, List.of(), Set.of(1));
        assertNotEquals(
                together.get(0).tokens(),
                write("qwen3", otherwise, 1, prompts[0]).get(0).tokens());
        Sampling sure = new Sampling(NEW, 0.7, 1, 1, 7, List.of(), Set.of());
        assertEquals(
                boxed(generated("qwen3")[0]),
                write("qwen3", sure, 1, prompts[0]).get(0).tokens());
    }

    @Test
    void whatHasNoRoomEndsThereAndSaysSo() throws IOException {
        int[] full = IntStream.range(0, POSITIONS).map(i -> 2 + i % 60).toArray();
        int[] tooLong = Arrays.copyOf(full, POSITIONS + 1);
        int[] nearly = Arrays.copyOf(full, POSITIONS - 3);
        List<Written> rows = write("gpt2", Sampling.greedy(10, Set.of()), 4, tooLong, full, prompts()[0], nearly);
        assertEquals(new Written(List.of(), "", Ending.NO_ROOM), rows.get(0));
        assertEquals(1, rows.get(1).tokens().size());
        assertEquals(Ending.NO_ROOM, rows.get(1).ended());
        assertEquals(
                new Written(
                        boxed(Arrays.copyOf(generated("gpt2")[0], 10)),
                        letters(Arrays.copyOf(generated("gpt2")[0], 10)),
                        Ending.MAX_TOKENS),
                rows.get(2));
        assertEquals(4, rows.get(3).tokens().size());
        assertEquals(Ending.NO_ROOM, rows.get(3).ended());
    }

    @Test
    void oneTokenMoreIsTheMostProbableOne() throws IOException {
        List<Written> rows = write("mistral", Sampling.greedy(1, Set.of()), 2, prompts());
        for (int row = 0; row < rows.size(); row++) {
            assertEquals(boxed(generated("mistral")[row][0]), rows.get(row).tokens());
        }
        assertEquals(List.of(), write("mistral", Sampling.greedy(1, Set.of()), 2));
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, 0.8})
    void aModelThatGivesNoNumbersIsRefused(double temperature) throws IOException {
        try (Backend backend = Backend.open("cpu", 1);
                Network network = network(backend, "llama")) {
            Parameter norm = network.parameters().list().stream()
                    .filter(parameter -> parameter.name().equals("model.norm.weight"))
                    .findFirst()
                    .orElseThrow();
            norm.set(norm.value().mul(Float.NaN));
            Sampling sampling = new Sampling(3, temperature, 0, 1, 0, List.of(), Set.of());
            TextWriter writer = new TextWriter(network, backend, TextWriterTest::letters, sampling, 2);
            JobException e = assertThrows(JobException.class, () -> writer.write(prompts()));
            assertEquals(ErrorCode.BAD_MODEL, e.code());
            assertTrue(String.valueOf(e.getMessage()).contains("NaN"), e.getMessage());
        }
    }

    @Test
    void emptyPromptsEncodersAndNoRowsAtOnceAreRefused() throws IOException {
        Sampling sampling = Sampling.greedy(1, Set.of());
        IllegalArgumentException empty = assertThrows(
                IllegalArgumentException.class, () -> write("gpt2", sampling, 1, prompts()[0], new int[0]));
        assertTrue(String.valueOf(empty.getMessage()).startsWith("prompt 1 has no tokens"), empty.getMessage());
        assertThrows(IllegalArgumentException.class, () -> write("gpt2", sampling, 0, prompts()));
        assertThrows(IllegalStateException.class, () -> write("../bert-mlm", sampling, 1, prompts()));
    }

    @Test
    void writingCanBeStoppedBetweenTwoTokens() throws IOException {
        int[][] prompts = prompts();
        int[] asked = {0};
        Runnable check = () -> {
            if (asked[0]++ == 5) {
                throw new IllegalStateException("stopped");
            }
        };
        List<String> heard = new ArrayList<>();
        assertThrows(
                IllegalStateException.class,
                () -> StopCheck.during(
                        check,
                        () -> write(
                                "gpt2", Sampling.greedy(NEW, Set.of()), 1, (_, piece) -> heard.add(piece), prompts)));
        assertEquals(5, heard.size());
    }
}
