package io.tenfold.method.adapter;

import io.tenfold.job.Fields;
import java.util.List;

/** The options of {@code method}, by kind. */
public sealed interface AdapterConfig {

    /** The value of {@code kind} that means IA3; every other one is a {@link Shape}. */
    String IA3 = "ia3";

    /** A bottleneck in every layer. */
    record Bottlenecks(BottleneckConfig config) implements AdapterConfig {}

    /** Rescaled activations. */
    record Rescaling(Ia3Config config) implements AdapterConfig {}

    /** Reads all options, whatever the kind, and refuses those of another kind. */
    static AdapterConfig read(Fields f) {
        List<String> kinds = List.of("houlsby", "pfeiffer", "parallel", IA3);
        String kind = f.oneOf("kind", kinds, "pfeiffer");
        Shape shape = Shape.named(kind);
        BottleneckConfig bottlenecks = BottleneckConfig.read(f, shape);
        Ia3Config ia3 = Ia3Config.read(f);
        if (kind.equals(IA3)) {
            refuse(
                    f,
                    BottleneckConfig.OPTIONS,
                    "ia3 has no bottleneck; leave it out, or set kind to pfeiffer, houlsby or parallel");
            return new Rescaling(ia3);
        }
        refuse(f, Ia3Config.OPTIONS, kind + " has places of its own; leave it out, or set kind to ia3");
        return new Bottlenecks(bottlenecks);
    }

    private static void refuse(Fields f, List<String> options, String reason) {
        for (String option : options) {
            if (f.has(option)) {
                f.error(option, "%s is %s, but kind %s".formatted(f.param(option), f.raw(option), reason));
            }
        }
    }
}
