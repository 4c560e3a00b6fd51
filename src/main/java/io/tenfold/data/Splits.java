package io.tenfold.data;

import org.jspecify.annotations.Nullable;

/** A job's files, to be read again by a method that needs its rows encoded in another way. */
public interface Splits {

    /** The training rows, encoded anew; errors as {@link Preparation#training}. */
    TokenizedSet training(RowEncoder encoder);

    /** The validation rows, encoded anew; null when the request has none. */
    @Nullable
    TokenizedSet validation(RowEncoder encoder);
}
