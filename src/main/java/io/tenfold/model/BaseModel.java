package io.tenfold.model;

import java.nio.file.Path;
import java.util.function.Predicate;

/** A base model whose weights are read once, however many networks are built on it. Only for prediction. */
public interface BaseModel extends AutoCloseable {

    /** The model's files. */
    Path folder();

    /**
     * A network on the base's weights, which it shares with the others; dropout is off.
     *
     * @param own names of the weights that this network changes and therefore has for itself
     */
    Network network(HeadSpec head, ModelHooks hooks, Predicate<String> own);

    /** Frees the weights; the networks must be closed before. */
    @Override
    void close();
}
