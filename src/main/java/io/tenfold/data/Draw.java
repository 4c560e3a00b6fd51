package io.tenfold.data;

import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import io.tenfold.job.StopCheck;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Draws a few training rows of each class. The file is read for its labels first, so that only the rows that are drawn are
 * ever encoded.
 *
 * @param perClass how many rows of each class; 0: every row of the file, without a draw
 * @param seed which ones
 * @param option that says so, such as {@code method.shots}
 */
public record Draw(int perClass, long seed, String option) {

    private static final int ASK_EVERY = 1024;

    /** Every row. */
    public static final Draw ALL = new Draw(0, 0, "");

    /**
     * The class names and the rows that were drawn.
     *
     * @param rows by their place in the file, from 0
     */
    record Drawn(Targets.Classes targets, BitSet rows) {}

    /** The classes of a file's rows. */
    record Labels(Targets.Classes targets, List<List<Integer>> byClass) {

        static Labels read(DataFile file, Columns columns, Targets targets) {
            LabelColumn column = new LabelColumn(file, targets);
            List<Integer> ids = new ArrayList<>();
            Examples.read(file, columns, row -> {
                if (ids.size() % ASK_EVERY == 0) {
                    StopCheck.ask();
                }
                ids.add(column.id(row));
            });
            int[] order = column.order();
            Targets.Classes complete = (Targets.Classes) column.complete();
            List<List<Integer>> byClass = new ArrayList<>();
            complete.names().forEach(_ -> byClass.add(new ArrayList<>()));
            for (int row = 0; row < ids.size(); row++) {
                byClass.get(order[ids.get(row)]).add(row);
            }
            return new Labels(complete, byClass);
        }

        List<String> seen() {
            List<String> seen = new ArrayList<>(targets.names());
            seen.removeIf(name -> byClass.get(targets.names().indexOf(name)).isEmpty());
            return seen;
        }

        int rows() {
            return byClass.stream().mapToInt(List::size).sum();
        }
    }

    /** @throws JobException bad_request where a class has fewer rows */
    Drawn from(Labels labels) {
        SplittableRandom random = new SplittableRandom(seed);
        BitSet drawn = new BitSet();
        for (int label = 0; label < labels.byClass().size(); label++) {
            draw(labels.byClass().get(label), labels.targets().names().get(label), random.split(), drawn);
        }
        return new Drawn(labels.targets(), drawn);
    }

    private void draw(List<Integer> rows, String label, SplittableRandom random, BitSet drawn) {
        if (rows.size() < perClass) {
            throw new JobException(
                    ErrorCode.BAD_REQUEST,
                    option,
                    "%s is %d, but the training file has %d rows of %s; give at most that"
                            .formatted(option, perClass, rows.size(), Shown.value(label, 60)));
        }
        int[] shuffled = rows.stream().mapToInt(Integer::intValue).toArray();
        for (int i = 0; i < perClass; i++) {
            int other = random.nextInt(i, shuffled.length);
            int row = shuffled[other];
            shuffled[other] = shuffled[i];
            shuffled[i] = row;
            drawn.set(row);
        }
    }
}
