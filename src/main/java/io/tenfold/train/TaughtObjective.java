package io.tenfold.train;

import ai.djl.ndarray.NDArray;
import io.tenfold.data.Batch;
import io.tenfold.data.TokenizedSet;
import io.tenfold.model.Network;
import io.tenfold.tensor.Parameter;
import io.tenfold.tensor.WordDistillation;

/**
 * What a language model makes small that learns the words and what a teacher says of each; a unit is a trained token.
 *
 * @param network the student, with a decoder's language head
 */
public record TaughtObjective(Network network, TeacherWords teacher, WordDistillation loss) implements Objective {

    @Override
    public NDArray lossSum(Batch batch, boolean training) {
        NDArray states = network.wordStates(batch.tokens(), batch.sayingPlaces(), training);
        Parameter words = network.vocabularyWeight();
        return loss.lossSum(states, words, batch.saidIds(), teacher.of(batch), WordDistillation.chunk(words));
    }

    @Override
    public long units(TokenizedSet set, int[] rows) {
        return set.units(rows);
    }
}
