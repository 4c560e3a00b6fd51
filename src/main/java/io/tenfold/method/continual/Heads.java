package io.tenfold.method.continual;

import ai.djl.ndarray.NDArray;
import io.tenfold.data.Batch;
import io.tenfold.data.TextTokenizer;
import io.tenfold.model.Network;
import io.tenfold.tensor.Backend;
import io.tenfold.tensor.Ops;
import io.tenfold.tensor.Parameters;
import io.tenfold.train.Forward;
import io.tenfold.train.HeadFiles;
import io.tenfold.train.HeadObjective;
import io.tenfold.train.LanguageObjective;
import io.tenfold.train.ModelFiles;
import io.tenfold.train.Objective;
import io.tenfold.train.TaskRows;
import java.nio.file.Path;
import java.util.Map;

/** The heads of a network, by task; tasks of a language share the one over the vocabulary. */
record Heads(Network network) {

    /** The way to a task's outputs. */
    Forward forward(TaskRows task) {
        return ofLanguage()
                ? Forward.of(network)
                : (batch, training) -> network.logits(task.name(), batch.tokens(), training);
    }

    /** What a task makes small. */
    Objective objective(TaskRows task) {
        return ofLanguage() ? new LanguageObjective(network) : new HeadObjective(forward(task));
    }

    private boolean ofLanguage() {
        return network.heads().containsKey("") && network.head().vocabulary();
    }

    /** Fills them with what a folder has; a language's is among the model's own weights. */
    void read(Path folder, Backend backend) {
        if (!ofLanguage()) {
            HeadFiles.read(folder, network, backend);
        }
    }

    /** Writes model, heads and tokenizer; a language model as AutoModelForCausalLM opens it. */
    void write(Path folder, Map<String, NDArray> tensors, TextTokenizer tokenizer) {
        if (ofLanguage()) {
            ModelFiles.write(folder, network, tensors, tokenizer);
        } else {
            HeadFiles.write(folder, network, tensors, tokenizer);
        }
    }

    /** What the heads read of a batch: the last layer's states of the token that they read of each row, [rows, hidden]. */
    NDArray states(Batch batch, boolean training) {
        return Ops.rows(network.hidden(batch.tokens(), training), network.read(batch.tokens()));
    }

    /** The parameters that all tasks share. */
    static Parameters shared(Parameters parameters) {
        return parameters.matching(parameter -> !parameter.name().startsWith(Network.HEADS));
    }

    /** What is trained for a task: all that is shared, and its own head. */
    static Parameters of(Parameters parameters, TaskRows task) {
        String own = Network.HEADS + task.name() + ".";
        return parameters.matching(parameter ->
                !parameter.name().startsWith(Network.HEADS) || parameter.name().startsWith(own));
    }
}
