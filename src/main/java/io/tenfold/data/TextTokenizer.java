package io.tenfold.data;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A model's tokenizer: texts to token ids, as Transformers' fast tokenizers do it. Safe for several threads. */
@SuppressWarnings("DoNotCallSuggester")
public final class TextTokenizer implements AutoCloseable {

    private TextTokenizer() {}

    /**
     * Opens {@code tokenizer.json} of a model's folder; without one, makes it from {@code vocab.txt} (WordPiece) or {@code
     * vocab.json} and {@code merges.txt} (byte-level BPE). Truncation and padding that the file prescribes are ignored.
     *
     * @param location what the folder's owner calls it, for messages; the param is {@code model}
     * @throws io.tenfold.job.JobException BAD_MODEL where the folder has no tokenizer, or a broken one
     */
    public static TextTokenizer open(Path modelFolder, String location) {
        if (location.isEmpty()) {
            return new TextTokenizer();
        }
        throw new UnsupportedOperationException();
    }

    /**
     * Encodes rows of one text, or of two where {@code texts2} is given (as many), with special tokens; a row with more
     * than {@code maxLength} tokens is truncated as Transformers' {@code longest_first} does.
     */
    public List<EncodedRow> encode(List<String> texts, @Nullable List<String> texts2, int maxLength) {
        throw new UnsupportedOperationException();
    }

    /** The text of token ids; special tokens are left out where {@code skipSpecial}. */
    public String decode(int[] ids, boolean skipSpecial) {
        throw new UnsupportedOperationException();
    }

    /** The id of a token as the vocabulary writes it ({@code [MASK]}, {@code great}); -1 where it is not in it. */
    public int id(String token) {
        throw new UnsupportedOperationException();
    }

    /** The id of {@code [MASK]} or {@code <mask>}; -1 where the tokenizer has none. */
    public int maskId() {
        throw new UnsupportedOperationException();
    }

    /** The number of ids, added tokens included. */
    public int vocabularySize() {
        throw new UnsupportedOperationException();
    }

    /** Writes into {@code folder} what AutoTokenizer opens an artifact with, and returns the names of the files. */
    public List<String> writeTo(Path folder) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {}
}
