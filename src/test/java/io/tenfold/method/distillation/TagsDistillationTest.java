package io.tenfold.method.distillation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDManager;
import io.tenfold.data.Batch;
import io.tenfold.job.FineTuneRequest.TaskType;
import io.tenfold.method.GoldenJob;
import io.tenfold.model.Network;
import io.tenfold.tensor.Ops;
import io.tenfold.train.Tuning;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tags are distilled word by word: words that have a tag, and no others, are soft-labelled. */
class TagsDistillationTest {

    private static final Path TEACHER = GoldenJob.GOLDEN.resolve("bert-tokens");
    private static final int ROWS = 7;

    private static GoldenJob job(String more) throws Exception {
        String method =
                "{\"name\": \"distillation\", \"teacher\": {\"model\": \"file:%s\"}%s}".formatted(TEACHER, more);
        return new GoldenJob(
                "bert-tokens", TaskType.TOKEN_CLASSIFICATION, method, "{\"dropout\": 0, \"batch_size\": 3}");
    }

    private static Tuning tuning(GoldenJob job) {
        return job.stage().prepare(job.stage().inputs(job.inputs(), List.of()), List.of());
    }

    private static Batch batch(GoldenJob job, NDManager scope) {
        return Batch.of(scope, job.inputs().training(), IntStream.range(0, ROWS).toArray());
    }

    @ParameterizedTest
    @CsvSource({"4, 0", "4, 0.5", "1, 0.25"})
    void theLossIsThatOfTheFormulaOverCountedWords(double temperature, double hard) throws Exception {
        try (GoldenJob job = job(", \"student_layers\": 1, \"temperature\": %s, \"hard_label_weight\": %s"
                        .formatted(temperature, hard));
                NDManager scope = job.backend().scope();
                Network teacher = job.open(TEACHER)) {
            Tuning tuning = tuning(job);
            Batch batch = batch(job, scope);
            float[] own = counted(tuning.network(), batch);
            float[] theirs = counted(teacher, batch);
            int classes = job.inputs().labels().size();
            int[] tags = IntStream.range(0, ROWS)
                    .flatMap(row ->
                            IntStream.of(job.inputs().training().words(row).countedTags()))
                    .toArray();
            assertEquals(tags.length * classes, own.length);
            double expected = 0;
            for (int word = 0; word < tags.length; word++) {
                double[] q = softened(own, word * classes, classes, temperature);
                double[] p = softened(theirs, word * classes, classes, temperature);
                double apart = 0;
                for (int c = 0; c < classes; c++) {
                    apart += p[c] * (Math.log(p[c]) - Math.log(q[c]));
                }
                double label = -Math.log(softened(own, word * classes, classes, 1)[tags[word]]);
                expected += hard * label + (1 - hard) * temperature * temperature * apart;
            }
            double loss = tuning.objective().lossSum(batch, true).getFloat();
            assertEquals(expected, loss, 1e-4 * expected);
            assertEquals(tags.length, tuning.objective().units(batch.set(), batch.rows()));
            tuning.network().close();
        }
    }

    private static float[] counted(Network network, Batch batch) {
        return Ops.rows(network.logits(batch.tokens(), false), batch.wordPlaces())
                .toFloatArray();
    }

    private static double[] softened(float[] logits, int from, int classes, double temperature) {
        double[] shares = new double[classes];
        double sum = 0;
        for (int c = 0; c < classes; c++) {
            shares[c] = Math.exp(logits[from + c] / temperature);
            sum += shares[c];
        }
        for (int c = 0; c < classes; c++) {
            shares[c] /= sum;
        }
        return shares;
    }

    @Test
    void whoIsAsItsTeacherHasNothingToLearnFromIt() throws Exception {
        String layers =
                ", \"hard_label_weight\": 0, \"hidden\": {\"embeddings\": true}, \"attention\": {}, \"relation\": {}";
        try (GoldenJob job = job(layers);
                NDManager scope = job.backend().scope()) {
            Tuning tuning = tuning(job);
            double loss = tuning.objective().lossSum(batch(job, scope), true).getFloat();
            assertTrue(Math.abs(loss) < 1e-5, "loss " + loss);
            tuning.network().close();
        }
    }
}
