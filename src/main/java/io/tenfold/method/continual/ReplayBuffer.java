package io.tenfold.method.continual;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.tenfold.checkpoint.SafetensorsReader;
import io.tenfold.checkpoint.SafetensorsWriter;
import io.tenfold.checkpoint.TensorType;
import io.tenfold.data.Targets;
import io.tenfold.data.TokenizedSet;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import io.tenfold.train.TaskRows;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * Rows of earlier tasks, as token ids with their labels.
 *
 * @param rows in the order that the selection left
 * @param seen rows offered so far, of all tasks
 */
record ReplayBuffer(List<Kept> rows, long seen) {

    private static final String PREFIX = "replay.";
    private static final String ANSWERS = PREFIX + "answers";
    private static final String PLACES = PREFIX + "answer_places";

    ReplayBuffer {
        rows = List.copyOf(rows);
    }

    /**
     * A row.
     *
     * @param task its number, from 0
     * @param label the class; 0 of a regression
     * @param score the number; 0 of a classification
     * @param answers of a language, where the tokens that are trained on stand, see {@link TokenizedSet#answers}; else empty
     */
    record Kept(int task, int[] ids, int[] types, int label, float score, int[] answers) {

        /** A row with a label or a number. */
        Kept(int task, int[] ids, int[] types, int label, float score) {
            this(task, ids, types, label, score, new int[0]);
        }
    }

    /** The same rows after those of another task were offered: {@code size} at most, by the request's selection. */
    ReplayBuffer after(TokenizedSet offered, int task, ContinualConfig.Replay options, long seed) {
        SplittableRandom random = new SplittableRandom(seed * 0x9E3779B97F4A7C15L + seen);
        List<Kept> kept = options.balanced()
                ? balanced(offered, task, options.bufferSize(), random)
                : reservoir(offered, task, options.bufferSize(), random);
        return new ReplayBuffer(kept, seen + offered.size());
    }

    private static Kept kept(TokenizedSet set, int row, int task) {
        return new Kept(
                task,
                set.ids(row),
                set.types(row),
                set.label(row),
                set.score(row),
                set.targets() instanceof Targets.Language ? set.answers(row) : new int[0]);
    }

    /** Every row seen has the same chance (Vitter 1985, algorithm R). */
    private List<Kept> reservoir(TokenizedSet offered, int task, int size, SplittableRandom random) {
        List<Kept> kept = new ArrayList<>(rows);
        if (size < rows.size()) {
            // A smaller buffer than the earlier job's. The first rows are no sample: they stand in the file's order.
            kept.clear();
            for (int row : Arrays.copyOf(shuffled(rows.size(), random), size)) {
                kept.add(rows.get(row));
            }
        }
        for (int row = 0; row < offered.size(); row++) {
            long number = seen + row;
            if (kept.size() < size) {
                kept.add(kept(offered, row, task));
            } else {
                long place = random.nextLong(number + 1);
                if (place < size) {
                    kept.set((int) place, kept(offered, row, task));
                }
            }
        }
        return kept;
    }

    private record Group(int task, int label) {}

    /** As many rows of each class of each task, and all of those that have fewer; a regression counts as one class. */
    private List<Kept> balanced(TokenizedSet offered, int task, int size, SplittableRandom random) {
        Map<Group, List<Kept>> groups = new LinkedHashMap<>();
        for (Kept row : rows) {
            groups.computeIfAbsent(new Group(row.task, row.label), _ -> new ArrayList<>())
                    .add(row);
        }
        // In a drawn order, so that the first rows of a class are a sample of it, however many of them are left later.
        for (int row : shuffled(offered.size(), random)) {
            groups.computeIfAbsent(new Group(task, offered.label(row)), _ -> new ArrayList<>())
                    .add(kept(offered, row, task));
        }
        List<List<Kept>> all = List.copyOf(groups.values());
        int[] shares = shares(all.stream().mapToInt(List::size).toArray(), size);
        List<Kept> kept = new ArrayList<>();
        for (int i = 0; i < shares.length; i++) {
            kept.addAll(all.get(i).subList(0, shares[i]));
        }
        return kept;
    }

    /** Goes round the groups, a row at a time, until all places are taken or no group has another row. */
    static int[] shares(int[] sizes, int places) {
        int[] shares = new int[sizes.length];
        int left = Math.min(places, Arrays.stream(sizes).sum());
        while (left > 0) {
            for (int i = 0; i < sizes.length && left > 0; i++) {
                if (shares[i] < sizes[i]) {
                    shares[i]++;
                    left--;
                }
            }
        }
        return shares;
    }

    /** Numbers from 0 in a drawn order (Durstenfeld 1964). */
    static int[] shuffled(int count, SplittableRandom random) {
        int[] order = IntStream.range(0, count).toArray();
        for (int i = count - 1; i > 0; i--) {
            int j = random.nextInt(i + 1);
            int swapped = order[i];
            order[i] = order[j];
            order[j] = swapped;
        }
        return order;
    }

    /** Writes the rows. */
    void write(Path file, NDManager scope) {
        Map<String, NDArray> tensors = new LinkedHashMap<>();
        tensors.put(PREFIX + "ids", flat(scope, rows.stream().map(Kept::ids).toList()));
        tensors.put(PREFIX + "types", flat(scope, rows.stream().map(Kept::types).toList()));
        tensors.put(
                PREFIX + "lengths",
                scope.create(rows.stream().mapToLong(row -> row.ids.length).toArray()));
        tensors.put(
                PREFIX + "tasks",
                scope.create(rows.stream().mapToLong(Kept::task).toArray()));
        tensors.put(
                PREFIX + "labels",
                scope.create(rows.stream().mapToLong(Kept::label).toArray()));
        float[] scores = new float[rows.size()];
        for (int i = 0; i < scores.length; i++) {
            scores[i] = rows.get(i).score;
        }
        tensors.put(PREFIX + "scores", scope.create(scores));
        if (rows.stream().anyMatch(row -> row.answers.length > 0)) {
            tensors.put(ANSWERS, flat(scope, rows.stream().map(Kept::answers).toList()));
            tensors.put(
                    PLACES,
                    scope.create(
                            rows.stream().mapToLong(row -> row.answers.length).toArray()));
        }
        tensors.put(PREFIX + "seen", scope.create(new long[] {seen}));
        SafetensorsWriter.write(file, tensors);
    }

    private static NDArray flat(NDManager scope, List<int[]> perRow) {
        return scope.create(perRow.stream()
                .flatMapToInt(Arrays::stream)
                .mapToLong(number -> number)
                .toArray());
    }

    /**
     * What a model takes.
     *
     * @param words rows of its word embeddings
     * @param positions tokens of a row
     */
    record Sizes(long words, int positions) {}

    /**
     * Reads what {@link #write} wrote.
     *
     * @param tasks that there were before
     * @param model that the rows are for
     * @throws JobException bad_model where there is none, its parts don't fit together, or are another model's
     */
    static ReplayBuffer read(Path folder, List<TaskRows> tasks, Sizes model, NDManager scope) {
        Path file = folder.resolve(Keeping.STATE);
        if (!Files.exists(file)) {
            throw bad("there is no %s".formatted(Keeping.STATE));
        }
        try (SafetensorsReader reader = SafetensorsReader.open(file)) {
            long[] lengths = numbers(reader, "lengths", scope);
            long[] ids = numbers(reader, "ids", scope);
            long[] types = numbers(reader, "types", scope);
            long[] numbers = numbers(reader, "tasks", scope);
            long[] labels = numbers(reader, "labels", scope);
            long[] seen = numbers(reader, "seen", scope);
            if (!reader.contains(PREFIX + "scores")
                    || !reader.info(PREFIX + "scores").shape().equals(new Shape(lengths.length))
                    || Arrays.stream(lengths).anyMatch(length -> length < 1 || length > ids.length)
                    || ids.length != Arrays.stream(lengths).sum()
                    || types.length != ids.length
                    || numbers.length != lengths.length
                    || labels.length != lengths.length
                    || seen.length != 1
                    || seen[0] < lengths.length
                    || Arrays.stream(numbers).anyMatch(task -> task < 0 || task >= tasks.size())) {
                throw bad("the rows in %s don't fit together".formatted(Keeping.STATE));
            }
            if (Arrays.stream(ids).anyMatch(id -> id < 0 || id >= model.words())
                    || Arrays.stream(types).anyMatch(type -> type < 0 || type > 1)
                    || Arrays.stream(lengths).anyMatch(length -> length > model.positions())
                    || IntStream.range(0, labels.length)
                            .anyMatch(row -> labels[row] < 0
                                    || labels[row]
                                            >= Math.max(
                                                    1,
                                                    tasks.get((int) numbers[row])
                                                            .head()
                                                            .outputs()))) {
                throw bad("the rows in %s are of another model or other labels".formatted(Keeping.STATE));
            }
            float[] scores = reader.read(scope, PREFIX + "scores").toFloatArray();
            int[][] answers = answers(reader, lengths, Standing.ofLanguage(tasks), scope);
            List<Kept> rows = new ArrayList<>();
            int at = 0;
            for (int row = 0; row < lengths.length; row++) {
                int end = at + (int) lengths[row];
                rows.add(new Kept(
                        (int) numbers[row],
                        part(ids, at, end),
                        part(types, at, end),
                        (int) labels[row],
                        scores[row],
                        answers[row]));
                at = end;
            }
            return new ReplayBuffer(rows, seen[0]);
        }
    }

    /** Of each row where its answers stand, each after the one before it and within the row; empty of labels. */
    private static int[][] answers(SafetensorsReader reader, long[] lengths, boolean language, NDManager scope) {
        int[][] answers = new int[lengths.length][0];
        if (!language) {
            return answers;
        }
        long[] counts = numbers(reader, "answer_places", scope);
        long[] places = numbers(reader, "answers", scope);
        if (counts.length != lengths.length
                || Arrays.stream(counts).anyMatch(count -> count < 2 || count > places.length || count % 2 > 0)
                || Arrays.stream(counts).sum() != places.length) {
            throw bad("the answers in %s don't fit its rows".formatted(Keeping.STATE));
        }
        int at = 0;
        for (int row = 0; row < lengths.length; row++) {
            int end = at + (int) counts[row];
            long before = 0;
            for (int i = at; i < end; i++) {
                if (places[i] <= before - (i > at && (i - at) % 2 == 0 ? 1 : 0) || places[i] > lengths[row]) {
                    throw bad("the answers in %s don't fit its rows".formatted(Keeping.STATE));
                }
                before = places[i];
            }
            answers[row] = part(places, at, end);
            at = end;
        }
        return answers;
    }

    private static int[] part(long[] flat, int from, int to) {
        return Arrays.stream(flat, from, to).mapToInt(Math::toIntExact).toArray();
    }

    private static long[] numbers(SafetensorsReader reader, String name, NDManager scope) {
        if (!reader.contains(PREFIX + name)) {
            throw bad("%s has no %s%s".formatted(Keeping.STATE, PREFIX, name));
        }
        if (reader.info(PREFIX + name).type() != TensorType.I64
                || reader.info(PREFIX + name).shape().dimension() != 1) {
            throw bad("%s%s in %s is no list of whole numbers".formatted(PREFIX, name, Keeping.STATE));
        }
        return reader.read(scope, PREFIX + name).toLongArray();
    }

    private static JobException bad(String what) {
        return new JobException(
                ErrorCode.BAD_MODEL,
                "method.from",
                "strategy replay needs rows of the earlier tasks, but %s; give an artifact that replay made, or take strategy lwf or naive"
                        .formatted(what));
    }
}
