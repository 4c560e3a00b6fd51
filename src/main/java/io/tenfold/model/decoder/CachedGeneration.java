package io.tenfold.model.decoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.tenfold.model.Generation;
import io.tenfold.tensor.CausalAttention;
import io.tenfold.tensor.Ops;
import io.tenfold.tensor.Recording;
import io.tenfold.tensor.TensorException;
import io.tenfold.tensor.TokenRows;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/** A generation that keeps the keys and values of every layer in rooms of the rows' full length. */
final class CachedGeneration implements Generation {

    /** A layer's rooms, [rows, keyHeads, capacity, headSize] each. */
    private record Rooms(NDArray keys, NDArray values) {}

    private final DecoderNetwork network;
    private final DecoderParts parts;
    private final NDManager manager;
    private final int virtual;
    private final int capacity;
    private List<Rooms> rooms = new ArrayList<>();
    private int[] kept;
    private NDManager scope;
    private NDArray logits;

    private CachedGeneration(DecoderNetwork network, NDManager manager, TokenRows prompts, int capacity) {
        this.network = network;
        this.manager = manager;
        parts = network.parts();
        virtual = parts.input().virtualTokens();
        this.capacity = capacity + virtual;
        kept = Arrays.stream(prompts.lengths()).map(length -> length + virtual).toArray();
        DecoderConfig config = parts.config();
        CausalAttention attention = new CausalAttention(config.heads(), config.headSize(), 0, 1);
        for (int layer = 0; layer < config.layers(); layer++) {
            rooms.add(new Rooms(
                    attention.room(manager, prompts.rows(), config.keyHeads(), this.capacity),
                    attention.room(manager, prompts.rows(), config.keyHeads(), this.capacity)));
        }
        scope = manager.newSubManager();
        logits = read(prompts);
    }

    static CachedGeneration start(DecoderNetwork network, TokenRows prompts, int capacity) {
        NDManager manager = network.scope();
        try (Recording _ = Recording.off()) {
            return new CachedGeneration(network, manager, prompts, capacity);
        } catch (RuntimeException e) {
            manager.close();
            throw e;
        }
    }

    /** Reads the prompts and keeps what their tokens' keys and values are. */
    private NDArray read(TokenRows prompts) {
        TokenRows rows = parts.input().layout(prompts);
        NDArray row = rows.rowNumbers();
        int last = parts.layers().size() - 1;
        NDArray x = network.first(prompts);
        for (int number = 0; number <= last; number++) {
            DecoderLayer layer = parts.layers().get(number);
            Kept own = new Kept(rooms.get(number).keys(), rooms.get(number).values(), row, rows.positions());
            boolean lastAlone = number == last;
            x = scoped(
                    x,
                    input -> lastAlone
                            ? layer.applyToLast(input, rows, own, false)
                            : layer.apply(input, rows, own, false));
        }
        return scored(x);
    }

    private NDArray scored(NDArray x) {
        NDArray logits = network.vocabularyLogits(parts.body().end().apply(x), false);
        logits.attach(scope);
        return logits;
    }

    private NDArray scoped(NDArray x, UnaryOperator<NDArray> layer) {
        try (NDManager inner = scope.newSubManager()) {
            x.attach(inner);
            NDArray result = layer.apply(x);
            result.attach(scope);
            return result;
        }
    }

    @Override
    public int rows() {
        return kept.length;
    }

    @Override
    public int[] lengths() {
        return Arrays.stream(kept).map(length -> length - virtual).toArray();
    }

    @Override
    public NDArray logits() {
        return logits;
    }

    @Override
    public NDArray step(int[] tokens) {
        check(tokens);
        scope.close();
        scope = manager.newSubManager();
        try (Recording _ = Recording.off()) {
            int[][] ids = Arrays.stream(tokens).mapToObj(id -> new int[] {id}).toArray(int[][]::new);
            NextTokens next = next(TokenRows.of(scope, ids, null));
            NDArray places = next.place();
            int prefix = network.virtualTokens() - virtual;
            NDArray x = parts.input().next(next.rows().ids(), prefix == 0 ? places : places.add((long) prefix));
            for (int number = 0; number < rooms.size(); number++) {
                DecoderLayer layer = parts.layers().get(number);
                Kept own = new Kept(rooms.get(number).keys(), rooms.get(number).values(), next.row(), places);
                x = scoped(x, input -> layer.step(input, next, own));
            }
            logits = scored(x);
        }
        kept = Arrays.stream(kept).map(length -> length + 1).toArray();
        return logits;
    }

    private void check(int[] tokens) {
        if (tokens.length != kept.length) {
            throw new TensorException("%d rows were given %d tokens".formatted(kept.length, tokens.length));
        }
        for (int row = 0; row < tokens.length; row++) {
            if (kept[row] >= capacity) {
                throw new TensorException("row %d has %d tokens and no room for more".formatted(row, capacity));
            }
            if (tokens[row] < 0 || tokens[row] >= parts.config().vocabulary()) {
                throw new TensorException("row %d was given the token id %d, but the model's table has %d rows"
                        .formatted(row, tokens[row], parts.config().vocabulary()));
            }
        }
    }

    private NextTokens next(TokenRows rows) {
        long[] places = Arrays.stream(kept).asLongStream().toArray();
        return new NextTokens(
                rows,
                places,
                scope.create(LongStream.range(0, places.length).toArray()),
                scope.create(places),
                scope.create(Arrays.stream(places).map(place -> place + 1).toArray()));
    }

    @Override
    public void keep(int[] rows) {
        if (rows.length == 0) {
            throw new TensorException("no row is left; close the generation");
        }
        try (Recording _ = Recording.off();
                NDArray index =
                        manager.create(Arrays.stream(rows).asLongStream().toArray())) {
            List<Rooms> fewer = new ArrayList<>();
            for (Rooms layer : rooms) {
                fewer.add(new Rooms(Ops.rows(layer.keys(), index), Ops.rows(layer.values(), index)));
                layer.keys().close();
                layer.values().close();
            }
            rooms = fewer;
            logits = Ops.rows(logits, index);
        }
        int[] before = kept;
        kept = IntStream.of(rows).map(row -> before[row]).toArray();
    }

    @Override
    public void close() {
        manager.close();
    }
}
