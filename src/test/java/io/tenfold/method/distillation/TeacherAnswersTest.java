package io.tenfold.method.distillation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.tenfold.data.Batch;
import io.tenfold.job.Fields;
import io.tenfold.job.FineTuneRequest.TaskType;
import io.tenfold.method.GoldenJob;
import io.tenfold.method.distillation.DistillationConfig.TeacherOptions;
import io.tenfold.method.distillation.Taps.Point;
import io.tenfold.model.common.ModelSizes;
import io.tenfold.model.family.Models;
import io.tenfold.tensor.Parameter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a teacher said of a row is kept, wherever it is kept, and is what it would say again. */
class TeacherAnswersTest {

    private static final String LAYERS = ", \"hidden\": {\"embeddings\": true}, \"attention\": {}, \"relation\": {}";

    private static final long ALL = 1L << 32;

    /** Across the groups of the first epoch, and a row twice. */
    private static final int[][] BATCHES = {{0, 1, 2, 3, 4, 5, 6, 7}, {7, 2}, {11, 0, 5}};

    private static GoldenJob job(TaskType task, String more, int steps) throws Exception {
        String model = task == TaskType.TOKEN_CLASSIFICATION ? "bert-tokens" : "bert";
        String method = "{\"name\": \"distillation\", \"teacher\": {\"model\": \"file:%s\"}%s}"
                .formatted(GoldenJob.GOLDEN.resolve(model), more);
        return new GoldenJob(model, task, method, "{\"batch_size\": 4, \"max_steps\": %d}".formatted(steps));
    }

    private static Lessons lessons(GoldenJob job) {
        DistillationConfig config = new DistillationMethod(job::methods, GoldenJob.allModels())
                .read(new Fields(job.request().method().options()));
        ModelSizes sizes = Models.sizes(job.inputs().modelFolder());
        return Lessons.of(config, sizes, sizes);
    }

    private static Teacher teacher(GoldenJob job, Lessons lessons) {
        Path folder = job.inputs().modelFolder();
        TeacherOptions options = new TeacherOptions("file:" + folder, null, null);
        return Teacher.open(
                new TeacherFiles(folder, null, options),
                job.inputs(),
                GoldenJob.allModels(),
                new Taps(lessons.teacherPoints()));
    }

    /** Everything that is said of all batches. */
    private static List<float[]> said(TeacherAnswers answers, Lessons lessons, GoldenJob job) {
        List<float[]> said = new ArrayList<>();
        for (int[] rows : BATCHES) {
            try (NDManager scope = job.backend().scope()) {
                TeacherAnswers.Answers some =
                        answers.of(Batch.of(scope, job.inputs().training(), rows));
                said.add(some.outputs().toFloatArray());
                for (Point point : lessons.teacherPlaces()) {
                    NDArray made = some.at(point.layer(), point.kind());
                    int tokens = Arrays.stream(rows)
                            .map(row -> job.inputs().training().ids(row).length)
                            .sum();
                    assertEquals(tokens, made.getShape().get(0));
                    said.add(made.toFloatArray());
                }
            }
        }
        return said;
    }

    /** What it would say now is something else. */
    private static void spoil(Teacher teacher) {
        for (Parameter parameter : teacher.network().parameters()) {
            parameter.set(parameter.value().zerosLike());
        }
    }

    @ParameterizedTest
    @CsvSource({"SEQUENCE_CLASSIFICATION, 0", "SEQUENCE_CLASSIFICATION, 1000000", "TOKEN_CLASSIFICATION, 20000"})
    void isKeptAndIsWhatTheTeacherWouldSayInAnyBatch(TaskType task, long inMemory) throws Exception {
        try (GoldenJob job = job(task, LAYERS, 100)) {
            Lessons lessons = lessons(job);
            assertEquals(
                    lessons.teacher().layers() + 1 + 2 + 1,
                    lessons.teacherPlaces().size());
            try (Teacher teacher = teacher(job, lessons)) {
                List<float[]> fresh = said(new TeacherAnswers(teacher, lessons, job.inputs(), 0, 0), lessons, job);
                TeacherAnswers answers = new TeacherAnswers(teacher, lessons, job.inputs(), ALL, inMemory);
                List<float[]> first = said(answers, lessons, job);
                spoil(teacher);
                List<float[]> again = said(answers, lessons, job);
                for (int i = 0; i < fresh.size(); i++) {
                    assertArrayEquals(fresh.get(i), first.get(i), 1e-5f);
                    assertArrayEquals(first.get(i), again.get(i));
                }
            }
        }
    }

    @Test
    void ofRowsThatAreSeenOnceNoLayersAreKept() throws Exception {
        try (GoldenJob job = job(TaskType.SEQUENCE_CLASSIFICATION, LAYERS, 2)) {
            Lessons lessons = lessons(job);
            try (Teacher teacher = teacher(job, lessons)) {
                TeacherAnswers answers = new TeacherAnswers(teacher, lessons, job.inputs(), ALL, ALL);
                float[] first = said(answers, lessons, job).getFirst();
                spoil(teacher);
                assertFalse(Arrays.equals(first, said(answers, lessons, job).getFirst()));
            }
        }
    }
}
