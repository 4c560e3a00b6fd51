package io.tenfold.benchmark;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.tenfold.model.HeadSpec;
import io.tenfold.model.LinearOp;
import io.tenfold.model.LinearSite;
import io.tenfold.model.LoadOptions;
import io.tenfold.model.ModelHooks;
import io.tenfold.model.Network;
import io.tenfold.model.family.Models;
import io.tenfold.tensor.AdamW;
import io.tenfold.tensor.Backend;
import io.tenfold.tensor.Gradients;
import io.tenfold.tensor.Ops;
import io.tenfold.tensor.Parameter;
import io.tenfold.tensor.Parameters;
import io.tenfold.tensor.Recording;
import io.tenfold.tensor.TokenRows;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * Milliseconds of a training step: forward, backward, clipping, AdamW, with batches of 32 rows whose lengths are drawn
 * from a file (numbers of tokens, separated by spaces).
 *
 * <p>Arguments: the model's folder, {@code full|lora}, the dropout ({@code model} for its own), the lengths' file, steps,
 * threads. With one thread the processor's time is printed, which other programs on the machine hardly change.
 */
public final class StepBenchmark {

    private static final ThreadMXBean CLOCK = ManagementFactory.getThreadMXBean();
    private static final int BATCH = 32;
    private static final int WARM_UP = 5;
    private static final double RANK = 8;

    private StepBenchmark() {}

    /** Low-rank updates of query and value. */
    private static final class Lora implements ModelHooks {
        private final NDManager manager;
        private final Parameters added = new Parameters();

        Lora(NDManager manager) {
            this.manager = manager;
        }

        @Override
        public LinearOp linear(LinearSite site, LinearOp plain) {
            if (!site.name().endsWith(".query") && !site.name().endsWith(".value")) {
                return plain;
            }
            NDArray down = manager.randomNormal(new Shape((long) RANK, site.inFeatures()))
                    .mul(0.02f);
            Parameter a = new Parameter(site.name() + ".lora_A", down);
            Parameter b =
                    new Parameter(site.name() + ".lora_B", manager.zeros(new Shape(site.outFeatures(), (long) RANK)));
            added.add(a);
            added.add(b);
            return (x, training) -> Ops.lora(plain.apply(x, training), x, a.value(), b.value(), 2, 0);
        }
    }

    /** See the class. */
    public static void main(String[] arguments) throws IOException {
        boolean lora = arguments[1].equals("lora");
        Double dropout = arguments[2].equals("model") ? null : Double.valueOf(arguments[2]);
        int[] lengths = Arrays.stream(
                        Files.readString(Path.of(arguments[3])).strip().split("\\s+", -1))
                .mapToInt(Integer::parseInt)
                .toArray();
        int steps = Integer.parseInt(arguments[4]);
        try (Backend backend = Backend.open("cpu", Integer.parseInt(arguments[5]))) {
            Lora hooks = new Lora(backend.manager());
            run(
                    backend,
                    Path.of(arguments[0]),
                    lora ? hooks : ModelHooks.NONE,
                    lora ? hooks.added : null,
                    dropout,
                    lengths,
                    steps);
        }
    }

    private static void run(
            Backend backend,
            Path folder,
            ModelHooks hooks,
            @Nullable Parameters added,
            @Nullable Double dropout,
            int[] lengths,
            int steps) {
        HeadSpec head = HeadSpec.classification(2);
        try (Network network = Models.load(folder, head, hooks, backend, new LoadOptions(1, dropout))) {
            Parameters trained = new Parameters();
            trained.addAll(added == null ? network.parameters() : added);
            if (added != null) {
                trained.addAll(network.newParameters());
            }
            trained.trainable(true);
            AdamW optimiser = new AdamW(
                    backend.manager(), List.of(new AdamW.Group(trained.list(), 1, 0.01)), AdamW.Options.DEFAULT);
            Random random = new Random(1);
            long[] nanos = new long[4];
            for (int step = 0; step < steps + WARM_UP; step++) {
                if (step == WARM_UP) {
                    Arrays.fill(nanos, 0);
                }
                step(backend, network, trained, optimiser, batch(random, lengths), step, nanos);
            }
            long sum = Arrays.stream(nanos).sum();
            System.out.printf(
                    "%s %s dropout %s: %.1f ms a step, %.1f examples/s (forward %.1f, backward %.1f, update %.1f), peak %d MB%n",
                    folder.getFileName(),
                    added == null ? "full" : "lora",
                    dropout == null ? "model" : dropout,
                    sum / 1e6 / steps,
                    BATCH * steps / (sum / 1e9),
                    nanos[0] / 1e6 / steps,
                    nanos[1] / 1e6 / steps,
                    nanos[2] / 1e6 / steps,
                    backend.peakMemory() >> 20);
        }
    }

    private static long now(Backend backend) {
        return backend.threads() == 1 ? CLOCK.getCurrentThreadCpuTime() : System.nanoTime();
    }

    private static int[][] batch(Random random, int[] lengths) {
        int[][] ids = new int[BATCH][];
        for (int row = 0; row < BATCH; row++) {
            ids[row] = random.ints(lengths[random.nextInt(lengths.length)], 1000, 30000)
                    .toArray();
        }
        return ids;
    }

    private static void step(
            Backend backend,
            Network network,
            Parameters trained,
            AdamW optimiser,
            int[][] ids,
            int step,
            long[] nanos) {
        backend.seed(42, step);
        long start = now(backend);
        try (NDManager scope = backend.scope();
                Recording recording = Recording.on()) {
            NDArray logits = network.logits(TokenRows.of(scope, ids, null), true);
            NDArray loss =
                    Ops.crossEntropySum(logits, scope.create(new long[BATCH])).div(BATCH);
            long forward = now(backend);
            recording.backward(loss);
            long backward = now(backend);
            optimiser.step(1e-4, Gradients.clipFactor(Gradients.norm(trained), 1));
            Gradients.drop(trained);
            long end = now(backend);
            nanos[0] += forward - start;
            nanos[1] += backward - forward;
            nanos[2] += end - backward;
        }
    }
}
