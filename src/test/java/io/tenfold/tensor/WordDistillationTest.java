package io.tenfold.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.tenfold.tensor.WordDistillation.Taught;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The loss in chunks is the formula over all logits, and so are its gradients. */
class WordDistillationTest {

    private static final int TOKENS = 13;
    private static final int WIDTH = 6;
    private static final int WORDS = 30;

    private Backend backend;
    private NDManager scope;

    @BeforeEach
    void open() {
        backend = Backend.open("cpu", 1);
        backend.seed(3, 1);
        scope = backend.scope();
    }

    @AfterEach
    void close() {
        scope.close();
        backend.close();
    }

    @ParameterizedTest
    @CsvSource({
        "0, 2, false, 7, 4",
        "0, 0.5, true, 7, 13",
        "0.3, 1, false, 1, 1",
        "0.3, 3, true, 29, 5",
        "0.5, 4, false, 30, 6",
        "0.5, 1.5, true, 30, 100",
    })
    void lossAndGradientsAreTheFormulas(double hard, double temperature, boolean reverse, int top, int chunk) {
        Parameter hidden = trained(TOKENS, WIDTH);
        Parameter weight = trained(WORDS, WIDTH);
        Parameter theirs = new Parameter("table", scope.randomNormal(new Shape(WORDS, 9)));
        NDArray states = scope.randomNormal(new Shape(TOKENS, 9));
        NDArray labels = labels();
        WordDistillation loss = new WordDistillation(hard, temperature, reverse);
        float plain;
        try (Recording recording = Recording.on()) {
            NDArray own = Ops.linear(hidden.value(), weight.value(), null);
            NDArray words = Ops.crossEntropySum(own, labels);
            NDArray logits = Ops.linear(states, theirs.value(), null);
            NDArray p = logits.div((float) temperature).softmax(1);
            NDArray q = own.div((float) temperature).softmax(1);
            if (top < WORDS) {
                NDArray kept = logits.topK(top, 1).get(1).oneHot(WORDS).sum(new int[] {1});
                p = outcomes(p, kept);
                q = outcomes(q, kept);
            }
            NDArray apart = reverse
                    ? q.mul(q.maximum(1e-30f).log().sub(p.maximum(1e-30f).log()))
                    : p.mul(p.maximum(1e-30f).log().sub(q.maximum(1e-30f).log()));
            NDArray sum =
                    words.mul((float) hard).add(apart.sum().mul((float) ((1 - hard) * temperature * temperature)));
            recording.backward(sum);
            plain = sum.getFloat();
        }
        float[] ofHidden = gradient(hidden);
        float[] ofWeight = gradient(weight);
        try (Recording recording = Recording.on()) {
            Taught taught = top < WORDS ? loss.top(states, theirs, top, chunk) : new Taught.Every(states, theirs);
            NDArray sum = loss.lossSum(hidden.value(), weight, labels, taught, chunk);
            recording.backward(sum);
            assertEquals(plain, sum.getFloat(), 1e-4 * Math.abs(plain));
        }
        assertArrayEquals(ofHidden, gradient(hidden), 2e-5f);
        assertArrayEquals(ofWeight, gradient(weight), 2e-5f);
    }

    /** The kept words as they are, [n, words], zeros elsewhere, and in one more column all others together. */
    private static NDArray outcomes(NDArray probabilities, NDArray kept) {
        NDArray others = probabilities.mul(kept.mul(-1).add(1)).sum(new int[] {1}, true);
        return probabilities.mul(kept).concat(others, 1);
    }

    @Test
    void aTeachersWordsAndAllOthersTogetherMakeOne() {
        Parameter words = new Parameter("table", scope.randomNormal(new Shape(WORDS, WIDTH)));
        NDArray states = scope.randomNormal(new Shape(TOKENS, WIDTH));
        Taught.Top top = new WordDistillation(0, 2, false).top(states, words, 5, 4);
        assertEquals(new Shape(TOKENS, 5), top.ids().getShape());
        assertEquals(DataType.INT32, top.ids().getDataType());
        for (float sum : top.logProbabilities().exp().sum(new int[] {1}).toFloatArray()) {
            assertEquals(1, sum, 1e-6);
        }
        NDList best = Ops.linear(states, words.value(), null).div(2).softmax(1).topK(5, 1);
        assertArrayEquals(
                best.get(1).toType(DataType.INT32, false).toIntArray(),
                top.ids().toIntArray());
        float[] kept = top.logProbabilities().get(":, :5").exp().toFloatArray();
        assertArrayEquals(best.get(0).toFloatArray(), kept, 1e-6f);
    }

    @Test
    void aSureTeacherAndASureStudentAreFinite() {
        Parameter hidden = new Parameter("x", scope.ones(new Shape(1, 1)));
        hidden.trainable(true);
        Parameter own = new Parameter("own", scope.create(new float[] {0, 300, 0, 0}, new Shape(4, 1)));
        Parameter theirs = new Parameter("theirs", scope.create(new float[] {400, 0, 0, 0}, new Shape(4, 1)));
        for (boolean reverse : new boolean[] {false, true}) {
            WordDistillation loss = new WordDistillation(0, 1, reverse);
            try (Recording recording = Recording.on()) {
                Taught.Top top = loss.top(scope.ones(new Shape(1, 1)), theirs, 2, 1);
                NDArray sum = loss.lossSum(hidden.value(), own, scope.create(new long[] {0}), top, 1);
                recording.backward(sum);
                assertEquals(reverse ? 400 : 300, sum.getFloat(), 1.5);
            }
            assertTrue(Float.isFinite(gradient(hidden)[0]));
        }
    }

    @Test
    void outsideOfARecordingThereIsTheNumberAlone() {
        Parameter hidden = trained(TOKENS, WIDTH);
        Parameter weight = new Parameter("table", scope.randomNormal(new Shape(WORDS, WIDTH)));
        Taught every = new Taught.Every(scope.randomNormal(new Shape(TOKENS, WIDTH)), weight);
        WordDistillation loss = new WordDistillation(0.5, 1, false);
        float recorded;
        try (Recording recording = Recording.on()) {
            NDArray sum = loss.lossSum(hidden.value(), weight, labels(), every, 4);
            recording.backward(sum);
            recorded = sum.getFloat();
        }
        assertTrue(Objects.requireNonNull(hidden.gradient()).abs().sum().getFloat() > 0);
        try (Recording _ = Recording.off()) {
            assertEquals(
                    recorded,
                    loss.lossSum(hidden.value(), weight, labels(), every, 4).getFloat());
        }
    }

    /** 16,384 tokens by 16,384 words would be 1 GiB of logits, several times over: of both, as logarithms, as gradients. */
    @Test
    void theLogitsOfAllTokensAreNeverHeld() {
        int tokens = 16_384;
        Parameter weight = new Parameter("table", scope.randomNormal(new Shape(16_384, 4)));
        Parameter hidden = trained(tokens, 4);
        WordDistillation loss = new WordDistillation(0.5, 1, true);
        backend.resetPeak();
        long before = backend.memoryInUse();
        try (Recording recording = Recording.on()) {
            Taught top = loss.top(hidden.value(), weight, 8, WordDistillation.chunk(weight));
            NDArray labels = scope.create(new long[tokens]);
            recording.backward(loss.lossSum(hidden.value(), weight, labels, top, WordDistillation.chunk(weight)));
        }
        assertTrue(backend.peakMemory() - before < 1L << 30, "bytes: " + (backend.peakMemory() - before));
    }

    private static float[] gradient(Parameter parameter) {
        float[] numbers = Objects.requireNonNull(parameter.gradient()).toFloatArray();
        parameter.dropGradient();
        return numbers;
    }

    private NDArray labels() {
        long[] labels = new long[TOKENS];
        for (int token = 0; token < TOKENS; token++) {
            labels[token] = token * 7L % WORDS;
        }
        return scope.create(labels);
    }

    private Parameter trained(int rows, int columns) {
        Parameter parameter = new Parameter("x", scope.randomNormal(new Shape(rows, columns)));
        parameter.trainable(true);
        return parameter;
    }
}
