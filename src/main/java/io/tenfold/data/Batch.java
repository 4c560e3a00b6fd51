package io.tenfold.data;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.tenfold.tensor.TokenRows;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Some rows of a set as arrays. They belong to the scope that the batch was made in and end with it. */
public final class Batch {

    private final NDManager scope;
    private final TokenizedSet set;
    private final int[] rows;
    private @Nullable TokenRows tokens;
    private @Nullable NDArray labels;

    private Batch(NDManager scope, TokenizedSet set, int[] rows) {
        this.scope = scope;
        this.set = set;
        this.rows = rows;
    }

    /** The rows {@code rows} of {@code set}, in this order, as arrays in {@code scope}. */
    public static Batch of(NDManager scope, TokenizedSet set, int[] rows) {
        return new Batch(scope, set, rows.clone());
    }

    /** The tokens, unpadded; laid out when they are first asked for. */
    public TokenRows tokens() {
        TokenRows laidOut = tokens;
        if (laidOut == null) {
            int[][] ids = new int[rows.length][];
            int[][] types = new int[rows.length][];
            for (int i = 0; i < rows.length; i++) {
                ids[i] = set.ids(rows[i]);
                types[i] = set.types(rows[i]);
            }
            laidOut = TokenRows.of(scope, ids, types);
            tokens = laidOut;
        }
        return laidOut;
    }

    /** The manager that the batch's arrays belong to. */
    public NDManager scope() {
        return scope;
    }

    /**
     * Class ids, int64 [rows], scores, float32 [rows], or tag ids, int64 [tokens] in the layout of {@link #tokens}, {@link
     * Words#UNCOUNTED} where a token is not a word's first. Of a language: for each token the id of the next one, int64
     * [tokens], {@link Words#UNCOUNTED} where that is not trained on, or where there is none.
     *
     * @throws IllegalStateException for a set without labels
     */
    public NDArray labels() {
        NDArray made = labels;
        if (made == null) {
            made = switch (set.targets()) {
                case Targets.Classes _ ->
                    scope.create(Arrays.stream(rows).mapToLong(set::label).toArray());
                case Targets.Numbers _ -> scores();
                case Targets.Tags _ ->
                    tokens().flat(Arrays.stream(rows)
                            .mapToObj(row -> set.words(row).labels(set.ids(row).length))
                            .toArray(int[][]::new));
                case Targets.Language _, Targets.Preference _ ->
                    tokens().flat(Arrays.stream(rows).mapToObj(set::nextTokens).toArray(int[][]::new));
                case Targets.None _ -> throw new IllegalStateException("the set has no labels");
            };
            labels = made;
        }
        return made;
    }

    private NDArray scores() {
        float[] scores = new float[rows.length];
        for (int i = 0; i < rows.length; i++) {
            scores[i] = set.score(rows[i]);
        }
        return scope.create(scores);
    }

    /** Where the words that are counted stand among {@link #tokens}, a row's words and then the next row's, int64. */
    public NDArray wordPlaces() {
        return tokens().places(Arrays.stream(rows)
                .mapToObj(row -> set.words(row).countedPlaces())
                .toArray(int[][]::new));
    }

    /**
     * Of a language: where the tokens stand that are to say the next one, a row's and then the next row's, [trained tokens],
     * int64.
     */
    public NDArray sayingPlaces() {
        return tokens().places(Arrays.stream(rows)
                .mapToObj(row -> set.trainedPlaces(row).map(place -> place - 1).toArray())
                .toArray(int[][]::new));
    }

    /** Of a language: the ids that those are to say, in their order, [trained tokens], int64. */
    public NDArray saidIds() {
        return scope.create(Arrays.stream(rows)
                .mapToObj(row -> set.trainedPlaces(row).map(place -> set.ids(row)[place]))
                .flatMapToInt(ids -> ids)
                .asLongStream()
                .toArray());
    }

    /** The same rows with their better answers, and after them as many with the worse ones, in the same scope. */
    public Batch ofBothAnswers() {
        TokenizedSet both = set.only(rows).bothAnswers();
        return of(scope, both, IntStream.range(0, both.size()).toArray());
    }

    /** The set that the rows are of. */
    public TokenizedSet set() {
        return set;
    }

    /** Which rows of the set these are. */
    public int[] rows() {
        return rows.clone();
    }

    /** The number of rows. */
    public int size() {
        return rows.length;
    }
}
