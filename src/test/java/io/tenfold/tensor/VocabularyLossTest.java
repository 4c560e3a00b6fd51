package io.tenfold.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class VocabularyLossTest {

    private static final int TOKENS = 23;
    private static final int WIDTH = 8;
    private static final int WORDS = 50;

    private Backend backend;
    private NDManager scope;

    @BeforeEach
    void open() {
        backend = Backend.open("cpu", 1);
        backend.seed(1, 1);
        scope = backend.scope();
    }

    @AfterEach
    void close() {
        scope.close();
        backend.close();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 23, 1000})
    void lossAndGradientsAreThePlainCrossEntropys(int chunk) {
        Parameter hidden = trained(TOKENS, WIDTH);
        Parameter weight = trained(WORDS, WIDTH);
        NDArray labels = labels();
        NDArray shares = scope.randomUniform(0, 1, new Shape(TOKENS), DataType.FLOAT32);
        float plain;
        try (Recording recording = Recording.on()) {
            NDArray losses = Ops.linear(hidden.value(), weight.value(), null)
                    .logSoftmax(1)
                    .mul(labels.maximum(0).oneHot(WORDS).toType(DataType.FLOAT32, false))
                    .sum(new int[] {1})
                    .mul(shares.mul(labels.gte(0).toType(DataType.FLOAT32, false)));
            NDArray loss = losses.sum().mul(-0.5f);
            recording.backward(loss);
            plain = loss.getFloat();
        }
        float[] ofHidden = Objects.requireNonNull(hidden.gradient()).toFloatArray();
        float[] ofWeight = Objects.requireNonNull(weight.gradient()).toFloatArray();
        hidden.dropGradient();
        weight.dropGradient();
        try (Recording recording = Recording.on()) {
            NDArray loss = Ops.vocabularyLoss(hidden.value(), weight, labels, shares, chunk)
                    .mul(0.5f);
            recording.backward(loss);
            assertEquals(plain, loss.getFloat(), 1e-5);
        }
        assertArrayEquals(ofHidden, Objects.requireNonNull(hidden.gradient()).toFloatArray(), 1e-6f);
        assertArrayEquals(ofWeight, Objects.requireNonNull(weight.gradient()).toFloatArray(), 1e-6f);
    }

    @Test
    void aFrozenTableGetsNoGradientAndOutsideOfARecordingThereIsOnlyTheLoss() {
        Parameter hidden = trained(TOKENS, WIDTH);
        Parameter weight = new Parameter("table", scope.randomNormal(new Shape(WORDS, WIDTH)));
        float recorded;
        try (Recording recording = Recording.on()) {
            NDArray loss = Ops.vocabularyLoss(hidden.value(), weight, labels(), null, 5);
            recording.backward(loss);
            recorded = loss.getFloat();
        }
        assertTrue(Objects.requireNonNull(hidden.gradient()).abs().sum().getFloat() > 0);
        try (Recording _ = Recording.off()) {
            NDArray loss = Ops.vocabularyLoss(hidden.value(), weight, labels(), null, 5);
            assertEquals(recorded, loss.getFloat(), 1e-4);
        }
    }

    @Test
    void tokensAreScoredOneByOne() {
        NDArray hidden = scope.randomNormal(new Shape(TOKENS, WIDTH));
        Parameter weight = new Parameter("table", scope.randomNormal(new Shape(WORDS, WIDTH)));
        NDArray logits = Ops.linear(hidden, weight.value(), null);
        long[] best = logits.argMax(1).toLongArray();
        long[] labels = labels().toLongArray();
        labels[3] = best[3];
        Ops.VocabularyScores scores = Ops.vocabularyScores(hidden, weight, scope.create(labels), 4);
        float[] logProbabilities = logits.logSoftmax(1).toFloatArray();
        for (int token = 0; token < TOKENS; token++) {
            boolean counted = labels[token] >= 0;
            float expected = counted ? -logProbabilities[token * WORDS + (int) labels[token]] : 0;
            assertEquals(expected, scores.losses().getFloat(token), 1e-5);
            assertEquals(best[token] == labels[token] ? 1 : 0, scores.hits().getFloat(token));
        }
        assertEquals(1, scores.hits().getFloat(3));
    }

    /** 8,192 tokens by 16,384 words would be 512 MiB of logits, and as much of their gradients. */
    @Test
    void theLogitsOfAllTokensAreNeverHeld() {
        int tokens = 8192;
        int words = 16_384;
        Parameter weight = new Parameter("table", scope.randomNormal(new Shape(words, 4)));
        Parameter hidden = trained(tokens, 4);
        backend.resetPeak();
        long before = backend.memoryInUse();
        try (Recording recording = Recording.on()) {
            NDArray labels = scope.create(new long[tokens]);
            recording.backward(Ops.vocabularyLoss(hidden.value(), weight, labels, null, Ops.vocabularyChunk(weight)));
        }
        assertTrue(backend.peakMemory() - before < 300L << 20, "bytes: " + (backend.peakMemory() - before));
    }

    private NDArray labels() {
        long[] labels = new long[TOKENS];
        for (int token = 0; token < TOKENS; token++) {
            labels[token] = token % 5 == 0 ? -100 : token * 7 % WORDS;
        }
        return scope.create(labels);
    }

    private Parameter trained(int rows, int columns) {
        Parameter parameter = new Parameter("x", scope.randomNormal(new Shape(rows, columns)));
        parameter.trainable(true);
        return parameter;
    }
}
