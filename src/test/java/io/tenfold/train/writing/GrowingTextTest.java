package io.tenfold.train.writing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tenfold.data.TextTokenizer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

/** What is told of a text while its tokens come: only what is certain, and in the end all. */
class GrowingTextTest {

    /** A byte is a token. */
    private static String utf8(int[] ids) {
        byte[] bytes = new byte[ids.length];
        for (int i = 0; i < ids.length; i++) {
            bytes[i] = (byte) ids[i];
        }
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /** A text fed to its end, or to a stop string. */
    private record Fed(List<String> pieces, String text, boolean stopped, int tokens) {

        static Fed of(Function<int[], String> decoder, List<String> stops, int... ids) {
            List<String> pieces = new ArrayList<>();
            GrowingText text = new GrowingText(decoder, stops, pieces::add);
            int tokens = 0;
            boolean stopped = false;
            while (!stopped && tokens < ids.length) {
                stopped = text.add(ids[tokens++]);
            }
            boolean stoppedAtLast = stopped || text.end();
            return new Fed(pieces, text.text(), stoppedAtLast, tokens);
        }
    }

    private static int[] bytes(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        int[] ids = new int[bytes.length];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = Byte.toUnsignedInt(bytes[i]);
        }
        return ids;
    }

    @Test
    void charactersAreToldWhole() {
        assertEquals(
                List.of("a", "é", "東", "🙂"),
                Fed.of(GrowingTextTest::utf8, List.of(), bytes("aé東🙂")).pieces());
    }

    @Test
    void halfACharacterIsToldWhenNothingFollows() {
        int[] ids = bytes("a🙂");
        Fed fed = Fed.of(GrowingTextTest::utf8, List.of(), Arrays.copyOf(ids, 4));
        assertEquals(List.of("a", "\uFFFD"), fed.pieces());
    }

    @Test
    void aBrokenCharacterIsToldWithTheNextWholeOne() {
        Fed fed = Fed.of(GrowingTextTest::utf8, List.of(), 'a', 0xf0, 0x9f, 'b');
        assertEquals(List.of("a", "\uFFFDb"), fed.pieces());
    }

    @Test
    void aStopStringOverSeveralTokensIsNeverTold() {
        Fed fed = Fed.of(GrowingTextTest::utf8, List.of("\n\nQ:"), bytes("so\n\nend\n\nQ: more"));
        assertEquals(List.of("s", "o", "\n\ne", "n", "d"), fed.pieces());
        assertEquals("so\n\nend", fed.text());
        assertTrue(fed.stopped());
        assertEquals(11, fed.tokens());
    }

    @Test
    void theBeginningOfAStopStringIsToldWhenNothingFollows() {
        Fed fed = Fed.of(GrowingTextTest::utf8, List.of("stop"), bytes("ststo"));
        assertEquals("ststo", fed.text());
        assertEquals(List.of("st", "sto"), fed.pieces());
        assertFalse(fed.stopped());
    }

    @Test
    void theStopStringThatIsCompleteFirstCountsAndOfThoseTheLongest() {
        Function<int[], String> words = ids -> "one abcd two".substring(0, ids.length == 0 ? 0 : 12);
        assertEquals("one a", Fed.of(words, List.of("abcd", "bc"), 1).text());
        assertEquals("one ", Fed.of(words, List.of("bcd", "abcd", "cd"), 1).text());
    }

    @Test
    void aStopStringAtTheEndOfWhatIsHeldBackCounts() {
        // The token says the stop string and the beginning of a character.
        Function<int[], String> decoder = ids -> ids.length == 0 ? "" : "x##\uFFFD";
        Fed fed = Fed.of(decoder, List.of("##"), 1);
        assertTrue(fed.stopped());
        assertEquals("x", fed.text());
    }

    @Test
    void aTokenizersTextIsToldAsItDecodesTheWhole() {
        String text = "The cat 🙂🙃 sat — naïve Zürich 東京 on the mat. Again!";
        Path model = Path.of("src/test/resources/golden/roberta");
        try (TextTokenizer tokenizer = TextTokenizer.open(model, "roberta")) {
            int[] ids = tokenizer.ids(text);
            Fed fed = Fed.of(part -> tokenizer.decode(part, true), List.of(), ids);
            assertEquals(tokenizer.decode(ids, true), fed.text());
            assertEquals(text, fed.text().strip());
            assertTrue(fed.pieces().size() > 20);
            assertTrue(fed.pieces().stream().noneMatch(piece -> piece.contains("\uFFFD")));
        }
    }

    @Test
    void onlyTheLastTokensAreDecoded() {
        int[] most = {0};
        Function<int[], String> watched = ids -> {
            most[0] = Math.max(most[0], ids.length);
            return utf8(ids);
        };
        assertEquals(
                "🙂".repeat(500),
                Fed.of(watched, List.of(), bytes("🙂".repeat(500))).text());
        assertEquals(8, most[0]);
    }

    @Property(tries = 500)
    void theTextIsCutAtTheFirstCompleteStopStringHoweverItCameInTokens(
            @ForAll("texts") String text, @ForAll("stops") List<String> stops, @ForAll("sizes") List<Integer> sizes) {
        List<String> tokens = new ArrayList<>();
        int place = 0;
        for (int i = 0; place < text.length(); i++) {
            int to = text.offsetByCodePoints(
                    place, Math.min(sizes.get(i % sizes.size()), text.codePointCount(place, text.length())));
            tokens.add(text.substring(place, to));
            place = to;
        }
        int[] ids = new int[tokens.size()];
        Arrays.setAll(ids, i -> i);
        Function<int[], String> decoder =
                part -> Arrays.stream(part).mapToObj(tokens::get).collect(Collectors.joining());
        Fed fed = Fed.of(decoder, stops, ids);
        assertEquals(cut(text, stops), fed.text());
        assertEquals(fed.text(), String.join("", fed.pieces()));
        assertTrue(fed.pieces().stream().noneMatch(String::isEmpty));
        assertEquals(fed.stopped(), stops.stream().anyMatch(text::contains));
    }

    private static String cut(String text, List<String> stops) {
        for (int end = 0; end <= text.length(); end++) {
            String before = text.substring(0, end);
            int longest = stops.stream()
                    .filter(before::endsWith)
                    .mapToInt(String::length)
                    .max()
                    .orElse(0);
            if (longest > 0) {
                return text.substring(0, end - longest);
            }
        }
        return text;
    }

    @Provide
    Arbitrary<String> texts() {
        return Arbitraries.of("a", "b", "c", "🙂").list().ofMaxSize(30).map(parts -> String.join("", parts));
    }

    @Provide
    Arbitrary<List<String>> stops() {
        return Arbitraries.of("a", "b", "c", "🙂")
                .list()
                .ofMinSize(1)
                .ofMaxSize(4)
                .map(parts -> String.join("", parts))
                .list()
                .ofMaxSize(3);
    }

    @Provide
    Arbitrary<List<Integer>> sizes() {
        return Arbitraries.integers().between(1, 4).list().ofMinSize(1).ofMaxSize(5);
    }
}
