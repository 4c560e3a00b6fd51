package io.tenfold.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tenfold.method.GoldenJob;
import io.tenfold.model.HeadSpec;
import io.tenfold.model.LoadOptions;
import io.tenfold.model.ModelHooks;
import io.tenfold.model.Network;
import io.tenfold.tensor.Parameter;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class SharedBaseTest {

    private static final String WORDS = "bert.embeddings.word_embeddings.weight";

    @Test
    void whatANetworkTrainsIsItsOwnAndTheRestIsTheBases() throws Exception {
        try (GoldenJob job = new GoldenJob("bert", "{\"name\": \"full\"}", "{}")) {
            SharedBase base = SharedBase.of(job.inputs());
            try (Network first = network(base);
                    Network second = network(base)) {
                float[] before = first.parameters().get(WORDS).value().toFloatArray();
                Parameter trained = second.parameters().get(WORDS);
                assertTrue(trained.shared());
                trained.trainable(true);
                assertFalse(trained.shared());
                trained.set(trained.value().zerosLike());
                assertEquals(0, trained.value().sum().getFloat());
                assertArrayEquals(before, first.parameters().get(WORDS).value().toFloatArray());
                second.parameters().get("bert.pooler.dense.weight").trainable(true);
            }
            try (Network third = network(base)) {
                assertTrue(third.parameters().get(WORDS).shared());
            }
        }
    }

    @Test
    void aReleasedWeightIsStillTheOthers() throws Exception {
        try (GoldenJob job = new GoldenJob("bert", "{\"name\": \"full\"}", "{}")) {
            SharedBase base = SharedBase.of(job.inputs());
            try (Network first = network(base);
                    Network second = network(base)) {
                second.parameters().get(WORDS).release();
                assertTrue(first.parameters().get(WORDS).value().sum().getFloat() != 0);
            }
        }
    }

    @Test
    void statesOfTheSameLayersAndRowsAreOneAndEqualToThoseOfAModelOfItsOwn() throws Exception {
        try (GoldenJob job =
                new GoldenJob("bert", "{\"name\": \"partial\", \"head_only\": true}", "{\"dropout\": 0}")) {
            SharedBase base = SharedBase.of(job.inputs());
            var rows = Objects.requireNonNull(job.inputs().validation());
            try (Network first = network(base);
                    Network second = network(base)) {
                RowStates states = base.states(1, rows, first, 8, 1 << 20);
                assertSame(states, base.states(1, rows, second, 8, 1 << 20));
                assertNotSame(states, base.states(2, rows, second, 8, 1 << 20));
                // Other batches give other last bits, which must not depend on who asked before.
                assertNotSame(states, base.states(1, rows, second, 4, 1 << 20));
            }
        }
    }

    private static Network network(SharedBase base) {
        return base.base()
                .network(
                        Map.of("", HeadSpec.classification(List.of("a", "b"))),
                        ModelHooks.NONE,
                        new LoadOptions(1, 0.0));
    }
}
