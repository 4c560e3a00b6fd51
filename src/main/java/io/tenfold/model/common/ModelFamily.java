package io.tenfold.model.common;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tenfold.model.HeadSpec;
import org.jspecify.annotations.Nullable;

/** A family of models: the names that Transformers knows it by, and what its {@code config.json} describes. */
public interface ModelFamily {

    /** {@code model_type} in {@code config.json}. */
    String modelType();

    /** The beginning of the names of its classes in Transformers, such as {@code Bert}. */
    String className();

    /** What stands before the names of all but the head's parameters, such as {@code bert.}. */
    String prefix();

    /** The class that opens a model with such a head. */
    String className(HeadSpec spec);

    /** Adds to the {@code config.json} of a model with such a head what Transformers demands of the family. */
    default void complete(ObjectNode saved, HeadSpec spec) {}

    /**
     * Reads {@code config.json}.
     *
     * @param dropout replaces every rate where it is not null
     * @throws io.tenfold.job.JobException bad_model
     * @throws IllegalArgumentException for sizes that make no model
     */
    Blueprint blueprint(ObjectNode json, @Nullable Double dropout);
}
