package io.tenfold.model;

import java.nio.file.Path;
import java.util.Map;
import java.util.function.Predicate;

/** A base model whose weights are read once, however many networks are built on it. */
public interface BaseModel extends AutoCloseable {

    /** The model's files. */
    Path folder();

    /**
     * A network for prediction on the base's weights, which it shares with the others; dropout is off.
     *
     * @param own names of the weights that this network changes and therefore has for itself
     */
    Network network(HeadSpec head, ModelHooks hooks, Predicate<String> own);

    /**
     * A network for training. It has its own copy of what it changes, from the moment at which it changes it.
     *
     * @param heads by name, as in {@link Network#heads}
     */
    Network network(Map<String, HeadSpec> heads, ModelHooks hooks, LoadOptions options);

    /** Frees the weights; the networks must be closed before. */
    @Override
    void close();
}
