package io.tenfold.method.continual;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDManager;
import io.tenfold.data.Targets;
import io.tenfold.data.TokenizedSet;
import io.tenfold.job.FineTuneRequest.Task;
import io.tenfold.job.FineTuneRequest.TaskType;
import io.tenfold.job.JobException;
import io.tenfold.tensor.Backend;
import io.tenfold.train.TaskRows;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReplayBufferTest {

    private static final ReplayBuffer.Sizes MODEL = new ReplayBuffer.Sizes(100, 4);

    @TempDir
    Path folder;

    private static TaskRows task() {
        List<String> labels = List.of("a", "b");
        return new TaskRows("one", new Task(TaskType.SEQUENCE_CLASSIFICATION, labels), labels, null, null);
    }

    @ParameterizedTest
    @CsvSource({
        "99, 0, 1, 4, true",
        "100, 0, 1, 4, false",
        "-1, 0, 1, 4, false",
        "5, 2, 1, 4, false",
        "5, 0, 2, 4, false",
        "5, 0, -1, 4, false",
        "5, 0, 1, 5, false"
    })
    void rowsThatTheModelCanNotReadAreRefused(int id, int type, int label, int length, boolean fine) {
        int[] ids = IntStream.generate(() -> id).limit(length).toArray();
        int[] types = IntStream.generate(() -> type).limit(length).toArray();
        ReplayBuffer kept = new ReplayBuffer(List.of(new ReplayBuffer.Kept(0, ids, types, label, 0)), 1);
        try (Backend backend = Backend.open("cpu", 1);
                NDManager scope = backend.scope()) {
            kept.write(folder.resolve(Keeping.STATE), scope);
            if (fine) {
                assertEquals(
                        1,
                        ReplayBuffer.read(folder, List.of(task()), MODEL, scope)
                                .rows()
                                .size());
                return;
            }
            JobException refused =
                    assertThrows(JobException.class, () -> ReplayBuffer.read(folder, List.of(task()), MODEL, scope));
            assertEquals("method.from", refused.param());
            assertTrue(String.valueOf(refused.getMessage()).contains("of another model or other labels"));
        }
    }

    @Test
    void aSmallerBufferKeepsASampleOfALargerOne() {
        // As a file in the order of its labels leaves them: the first fifty are of one class.
        int[][] ids = IntStream.range(0, 100).mapToObj(row -> new int[] {row}).toArray(int[][]::new);
        int[][] types = IntStream.range(0, 100).mapToObj(_ -> new int[] {0}).toArray(int[][]::new);
        int[] labels = IntStream.range(0, 100).map(row -> row / 50).toArray();
        TokenizedSet sorted =
                TokenizedSet.of(ids, types, labels, new float[100], new Targets.Classes(List.of("a", "b")));
        TokenizedSet none =
                TokenizedSet.of(new int[0][], new int[0][], new int[0], new float[0], new Targets.Classes(List.of()));
        ReplayBuffer all = new ReplayBuffer(List.of(), 0).after(sorted, 0, size(100), 1);
        ReplayBuffer some = all.after(none, 1, size(40), 1);
        assertEquals(40, some.rows().size());
        long ofTheSecond = some.rows().stream().filter(row -> row.label() == 1).count();
        assertTrue(ofTheSecond >= 10 && ofTheSecond <= 30, ofTheSecond + " of 40");
        assertEquals(
                40, some.rows().stream().map(row -> row.ids()[0]).distinct().count());
    }

    private static ContinualConfig.Replay size(int rows) {
        return new ContinualConfig.Replay(rows, false, null);
    }
}
