package io.tenfold.train.writing;

/** Hears texts while they are written. */
@FunctionalInterface
public interface Pieces {

    /** Nobody listens. */
    Pieces UNHEARD = (_, _) -> {};

    /**
     * A row's text goes on. A row's pieces, one after another, are its {@link Written#text}; none is empty.
     *
     * @param row the number of its prompt
     * @param text whole characters that nothing takes back
     */
    void heard(int row, String text);
}
