package io.tenfold.method;

import io.tenfold.checkpoint.PeftFiles;
import io.tenfold.data.TextTokenizer;
import io.tenfold.model.BaseModel;
import io.tenfold.model.HeadSpec;
import io.tenfold.model.Network;
import io.tenfold.tensor.Backend;
import io.tenfold.train.Scoring;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A method whose artifact is not a whole model but goes on top of one. */
public interface ArtifactOpener {

    /** Whether the folder's files are this method's. */
    boolean opens(Path artifact);

    /** Where the base model lies, as the artifact says. */
    String baseLocation(Path artifact);

    /** How many outputs the artifact's head has; asked where nothing says what they are called. */
    int outputs(Path artifact);

    /** What the outputs are called, as the artifact's own files say; empty where they don't, and for a number. */
    default List<String> labels(Path artifact) {
        return List.of();
    }

    /** Whether the head scores tokens, and not rows. */
    default boolean isOfTokens(Path artifact) {
        return PeftFiles.areOfTokens(artifact);
    }

    /** Whether the artifact is a language model's, which has no head of its own. */
    default boolean writes(Path artifact) {
        return PeftFiles.areOfLanguage(artifact);
    }

    /**
     * The base model with the artifact, for prediction; the base stays as it is, for others.
     *
     * @throws io.tenfold.job.JobException bad_model when they don't fit together
     */
    Network open(Path artifact, BaseModel base, HeadSpec head, Backend backend);

    /** Whether the artifact is a whole model by itself and has no {@link #baseLocation}. */
    default boolean isWhole(Path artifact) {
        return false;
    }

    /**
     * The same with the way in which rows are encoded and scored; by default the network's own.
     *
     * @param base null exactly where the artifact {@link #isWhole}
     */
    default Scoring scoring(
            Path artifact, @Nullable BaseModel base, HeadSpec head, TextTokenizer tokenizer, Backend backend) {
        if (base == null) {
            throw new IllegalArgumentException("the artifact in %s needs a base".formatted(artifact));
        }
        return Scoring.of(open(artifact, base, head, backend), tokenizer);
    }
}
