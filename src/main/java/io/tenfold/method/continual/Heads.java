package io.tenfold.method.continual;

import ai.djl.ndarray.NDArray;
import io.tenfold.data.Batch;
import io.tenfold.model.Network;
import io.tenfold.tensor.Ops;
import io.tenfold.tensor.Parameters;
import io.tenfold.train.Forward;
import io.tenfold.train.TaskRows;

/** The heads of a network, by task. */
record Heads(Network network) {

    /** The way to a task's outputs. */
    Forward forward(TaskRows task) {
        return (batch, training) -> network.logits(task.name(), batch.tokens(), training);
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
