package io.tenfold.data;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.BitSet;
import java.util.Map;

/** What masked language modelling must know of a vocabulary. */
public final class TokenKinds {

    private final BitSet special;
    private final BitSet within;
    private final int[] ordinary;

    private TokenKinds(BitSet special, BitSet within, int[] ordinary) {
        this.special = special;
        this.within = within;
        this.ordinary = ordinary;
    }

    /**
     * Of a {@code tokenizer.json}: WordPiece marks tokens that go on with a word ({@code ##ing}), byte-level BPE and
     * SentencePiece those that begin one ({@code \u0120the}, {@code \u2581the}).
     */
    static TokenKinds of(JsonNode tokenizer, Map<String, Integer> vocabulary) {
        BitSet special = new BitSet();
        tokenizer.path("added_tokens").forEach(token -> {
            if (token.path("special").asBoolean()) {
                special.set(token.path("id").asInt());
            }
        });
        boolean pieces = "WordPiece".equals(tokenizer.path("model").path("type").asText());
        String goesOn =
                tokenizer.path("model").path("continuing_subword_prefix").asText("##");
        BitSet within = new BitSet();
        vocabulary.forEach((token, id) -> {
            boolean begins =
                    pieces ? !token.startsWith(goesOn) : token.startsWith("\u0120") || token.startsWith("\u2581");
            within.set(id, !begins && !special.get(id));
        });
        int[] ordinary = vocabulary.values().stream()
                .mapToInt(id -> id)
                .filter(id -> !special.get(id))
                .sorted()
                .distinct()
                .toArray();
        return new TokenKinds(special, within, ordinary);
    }

    /** Whether a token stands for no text: {@code [CLS]}, {@code [UNK]}. */
    public boolean special(int id) {
        return special.get(id);
    }

    /** Whether a token goes on with the word of the token before it, unless that is special. */
    public boolean within(int id) {
        return within.get(id);
    }

    /** How many tokens are not special. */
    public int ordinary() {
        return ordinary.length;
    }

    /** A token that is not special, by its number from 0 among these. */
    public int ordinary(int number) {
        return ordinary[number];
    }
}
