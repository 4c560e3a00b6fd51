package io.tenfold.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.tenfold.data.Batch;
import io.tenfold.job.FineTuneRequest.TaskType;
import io.tenfold.method.GoldenJob;
import io.tenfold.model.Network;
import io.tenfold.tensor.Parameter;
import io.tenfold.tensor.WordDistillation;
import io.tenfold.tensor.WordDistillation.Taught;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a teacher said of tokens is kept, wherever it is kept, and is what it would say again. */
class TeacherWordsTest {

    private static final long ALL = 1L << 32;
    private static final WordDistillation LOSS = new WordDistillation(0.5, 2, false);

    /** Across the groups of the first epoch, and a row twice. */
    private static final int[][] BATCHES = {{0, 1, 2, 3, 4, 5, 6, 7}, {7, 2}, {11, 0, 5}};

    private static GoldenJob job(int steps) throws Exception {
        String training = "{\"batch_size\": 4, \"max_length\": 64, \"max_steps\": %d}".formatted(steps);
        return new GoldenJob("language/llama", TaskType.CAUSAL_LM, "{\"name\": \"full\"}", training);
    }

    private static List<float[]> said(TeacherWords words, GoldenJob job) {
        List<float[]> said = new ArrayList<>();
        for (int[] rows : BATCHES) {
            try (NDManager scope = job.backend().scope()) {
                switch (words.of(Batch.of(scope, job.inputs().training(), rows))) {
                    case Taught.Every(NDArray states, Parameter _) -> said.add(states.toFloatArray());
                    case Taught.Top(NDArray ids, NDArray logs) -> {
                        said.add(logs.toFloatArray());
                        int[] top = ids.toIntArray();
                        float[] numbers = new float[top.length];
                        for (int i = 0; i < top.length; i++) {
                            numbers[i] = top[i];
                        }
                        said.add(numbers);
                    }
                }
            }
        }
        return said;
    }

    /** What it would say now is something else. */
    private static void spoil(Network teacher) {
        for (Parameter parameter : teacher.parameters()) {
            parameter.set(parameter.value().mul(0.5f));
        }
    }

    @ParameterizedTest
    @CsvSource({"5, 0", "5, 300", "5, 1000000", "0, 0", "0, 1000000", "480, 500"})
    void isKeptAndIsWhatTheTeacherWouldSayInAnyBatch(int top, long inMemory) throws Exception {
        try (GoldenJob job = job(100);
                Network teacher = job.open(job.inputs().modelFolder())) {
            List<float[]> fresh = said(new TeacherWords(teacher, LOSS, top, job.inputs(), 0, 0), job);
            TeacherWords words = new TeacherWords(teacher, LOSS, top, job.inputs(), ALL, inMemory);
            List<float[]> first = said(words, job);
            spoil(teacher);
            List<float[]> again = said(words, job);
            for (int i = 0; i < fresh.size(); i++) {
                assertArrayEquals(fresh.get(i), first.get(i), 1e-5f);
                assertArrayEquals(first.get(i), again.get(i));
            }
        }
    }

    @Test
    void ofRowsThatAreSeenOnceNothingIsKept() throws Exception {
        try (GoldenJob job = job(2);
                Network teacher = job.open(job.inputs().modelFolder())) {
            TeacherWords words = new TeacherWords(teacher, LOSS, 5, job.inputs(), ALL, ALL);
            float[] first = said(words, job).getFirst();
            spoil(teacher);
            assertFalse(Arrays.equals(first, said(words, job).getFirst()));
        }
    }
}
