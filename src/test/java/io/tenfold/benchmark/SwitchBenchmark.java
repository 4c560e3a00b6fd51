package io.tenfold.benchmark;

import ai.djl.ndarray.NDManager;
import io.tenfold.method.ArtifactModels;
import io.tenfold.method.adapter.AdapterHubOpener;
import io.tenfold.method.adapter.Ia3Opener;
import io.tenfold.method.lora.LoraMethod;
import io.tenfold.model.BaseModel;
import io.tenfold.model.Network;
import io.tenfold.tensor.Backend;
import io.tenfold.tensor.TokenRows;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * What it costs to answer the next row with another adapter: in one process that holds several on one base, and by loading
 * base and adapter again.
 *
 * <p>Arguments: the base's folder, two or more artifacts on it, as {@code method} makes them. Times are medians. Each
 * artifact answers two rows before the next one does; the switch is what the first of them takes longer than the second.
 */
public final class SwitchBenchmark {

    private static final int ROUNDS = 7;
    private static final int ROWS = 300;
    private static final int TOKENS = 16;

    private SwitchBenchmark() {}

    /** See the class. */
    public static void main(String[] arguments) {
        Path folder = Path.of(arguments[0]);
        List<Path> artifacts = Arrays.stream(arguments).skip(1).map(Path::of).toList();
        ArtifactModels models = new ArtifactModels(List.of(new AdapterHubOpener(), new Ia3Opener(), new LoraMethod()));
        try (Backend backend = Backend.open("cpu", 1)) {
            int[][] row = {new Random(1).ints(TOKENS, 0, 200).toArray()};
            double[] again = new double[ROUNDS];
            for (int round = 0; round < ROUNDS; round++) {
                long start = System.nanoTime();
                try (BaseModel base = ArtifactModels.base(folder, backend);
                        Network network =
                                models.open(artifacts.get(round % artifacts.size()), base, "artifact", backend)) {
                    again[round] = (System.nanoTime() - start) / 1e3;
                    answer(network, row, backend);
                }
            }
            try (BaseModel base = ArtifactModels.base(folder, backend)) {
                List<Network> networks = new ArrayList<>();
                double[] more = new double[artifacts.size()];
                for (int i = 0; i < artifacts.size(); i++) {
                    long start = System.nanoTime();
                    networks.add(models.open(artifacts.get(i), base, "artifact", backend));
                    more[i] = (System.nanoTime() - start) / 1e3;
                }
                switches(networks, row, backend); // warms up
                double[][] times = switches(networks, row, backend);
                double[] longer = new double[ROWS];
                Arrays.setAll(longer, i -> times[0][i] - times[1][i]);
                System.out.printf(
                        "%s, %d artifacts: base and adapter loaded again %.0f µs; another adapter opened on the base %.0f µs; a row of %d tokens %.0f µs with the adapter of the row before, %.0f µs with another; the switch %.1f µs%n",
                        folder.getFileName(),
                        artifacts.size(),
                        median(again),
                        median(Arrays.copyOfRange(more, 1, more.length)),
                        TOKENS,
                        median(times[1]),
                        median(times[0]),
                        median(longer));
                networks.forEach(Network::close);
            }
        }
    }

    /** Microseconds of the rows that come first with an artifact, and of those that come second. */
    private static double[][] switches(List<Network> networks, int[][] row, Backend backend) {
        double[][] micros = new double[2][ROWS];
        for (int i = 0; i < 2 * ROWS; i++) {
            long start = System.nanoTime();
            answer(networks.get(i / 2 % networks.size()), row, backend);
            micros[i % 2][i / 2] = (System.nanoTime() - start) / 1e3;
        }
        return micros;
    }

    private static void answer(Network network, int[][] row, Backend backend) {
        try (NDManager scope = backend.scope()) {
            network.logits(TokenRows.of(scope, row, null), false).toFloatArray();
        }
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }
}
