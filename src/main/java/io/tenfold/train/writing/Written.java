package io.tenfold.train.writing;

import java.util.List;

/**
 * What was written after a prompt.
 *
 * @param tokens the new ids, as Transformers' {@code generate} gives them: those that ended the row are among them
 * @param text what they say, up to the end token or the stop string
 * @param ended why there is not more
 */
public record Written(List<Integer> tokens, String text, Ending ended) {

    public Written {
        tokens = List.copyOf(tokens);
    }
}
