package io.tenfold.method.distillation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.tenfold.model.Network;
import io.tenfold.tensor.Initial;
import io.tenfold.tensor.Ops;
import io.tenfold.tensor.Parameter;
import io.tenfold.tensor.Parameters;
import io.tenfold.train.Inputs;

/**
 * Leads from the student's width to the teacher's where they differ (Jiao et al. 2020, arXiv:1909.10351, eq. 8 and 9): one
 * matrix for all layers and one for the embeddings, drawn from N(0, 0.02), trained with the student and not published.
 */
final class Projection {

    /** What the names of the parameters begin with. */
    static final String NAME = "projection";

    private static final double DEVIATION = 0.02;

    private final Parameters parameters = new Parameters();

    /** Its arrays live as long as the student. */
    Projection(Lessons lessons, Network student, Inputs inputs) {
        if (lessons.student().width() == lessons.teacher().width()) {
            return;
        }
        NDManager manager = inputs.backend().manager().newSubManager();
        student.closeWithIt(manager);
        for (LayerMap.Pair pair : lessons.hidden()) {
            String name = name(pair);
            if (!parameters.contains(name)) {
                parameters.add(new Parameter(
                        name,
                        Initial.normal(
                                manager,
                                inputs.options().seed(),
                                name,
                                DEVIATION,
                                lessons.teacher().width(),
                                lessons.student().width())));
            }
        }
    }

    private static String name(LayerMap.Pair pair) {
        return NAME + (pair.student() < 0 ? ".embeddings.weight" : ".hidden.weight");
    }

    /** None where the widths are the same. */
    Parameters parameters() {
        return parameters;
    }

    /**
     * The student's states in the teacher's width.
     *
     * @param states [tokens, student's width]
     * @return [tokens, teacher's width]
     */
    NDArray apply(LayerMap.Pair pair, NDArray states) {
        return parameters.contains(name(pair))
                ? Ops.linear(states, parameters.get(name(pair)).value(), null)
                : states;
    }
}
