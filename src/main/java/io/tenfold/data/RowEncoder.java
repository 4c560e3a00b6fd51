package io.tenfold.data;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** From texts to token ids: a tokenizer, or one that puts something around the texts first. */
@FunctionalInterface
public interface RowEncoder {

    /**
     * Encodes rows of one text, or of two where {@code texts2} is given (as many), with special tokens, in at most {@code
     * maxLength} tokens each.
     */
    List<EncodedRow> encode(List<String> texts, @Nullable List<String> texts2, int maxLength);

    /**
     * Encodes the words of one row, with special tokens, in at most {@code maxLength} tokens.
     *
     * @throws UnsupportedOperationException by default: most encoders read texts
     */
    default EncodedWords encodeWords(List<String> words, int maxLength) {
        throw new UnsupportedOperationException("this encoder reads texts, not words");
    }
}
