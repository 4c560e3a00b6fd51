package io.tenfold.method.lora;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.tenfold.model.LinearSite;
import io.tenfold.tensor.Backend;
import io.tenfold.tensor.Ops;
import io.tenfold.tensor.Recording;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * Starts an update with the weight's own principal part and takes that part out of the frozen weight: PiSSA with the
 * largest singular values (Meng et al. 2024, arXiv:2404.02948, eq. 2-4), OLoRA with the first columns of a QR
 * decomposition (Büyükakyüz 2024, arXiv:2406.01775, algorithm 1). Which signs the factors have is the library's choice;
 * what is taken out does not depend on it.
 */
record PrincipalInit(LoraConfig config, Backend backend) implements Start {

    /** Takes the part out of the site's weight, in place. */
    @Override
    public Factors factors(LinearSite site) {
        try (NDManager scope = backend.scope();
                Recording _ = Recording.off()) {
            NDArray weight = site.weight().value();
            int rank = Start.rank(config, site, "method.r");
            double scale = config.scale(site.name());
            Factors found = config.init() == LoraConfig.Init.OLORA
                    ? triangular(weight, rank, scale, scope)
                    : singular(weight, rank, scale, scope);
            weight.subi(found.b().matMul(found.a()).mul(scale));
            return found.in(backend.manager());
        }
    }

    @Override
    public boolean changesTheBase() {
        return true;
    }

    private static Factors singular(NDArray weight, int rank, double scale, NDManager scope) {
        Ops.Svd svd = Ops.svd(in(scope, weight));
        NDArray roots = svd.s().get(":" + rank).div(scale).sqrt();
        return new Factors(
                svd.v().get(":" + rank).mul(roots.reshape(-1, 1)),
                svd.u().get(":, :" + rank).mul(roots),
                scale);
    }

    private static Factors triangular(NDArray weight, int rank, double scale, NDManager scope) {
        Ops.Qr qr = Ops.qr(in(scope, weight));
        return new Factors(qr.r().get(":" + rank), qr.q().get(":, :" + rank), scale);
    }

    /** The same array in another manager, to which results then belong. */
    private static NDArray in(NDManager scope, NDArray array) {
        NDArray copy = array.duplicate();
        copy.attach(scope);
        return copy;
    }

    /**
     * The configuration of the same updates beside the untouched base: {@code W - s B₀A₀ + s BA = W + s [B, -B₀][A; A₀]},
     * so that every rank doubles and every scale stays.
     */
    static LoraConfig converted(LoraConfig config) {
        double alpha = config.useRslora() ? Math.sqrt(2) : 2;
        return config.withRanks(
                2 * config.r(),
                alpha * config.loraAlpha(),
                times(config.rankPattern(), rank -> 2 * rank),
                times(config.alphaPattern(), own -> alpha * own));
    }

    private static <N> Map<String, N> times(Map<String, N> pattern, UnaryOperator<N> twice) {
        Map<String, N> product = new LinkedHashMap<>();
        pattern.forEach((key, value) -> product.put(key, twice.apply(value)));
        return product;
    }

    /** {@code [A; A₀]} and {@code [B, -B₀]}, of the scope. */
    static Factors converted(Update update, Factors removed, NDManager scope) {
        NDArray a = update.a().value().concat(removed.a(), 0);
        a.attach(scope);
        NDArray b = update.b().value().concat(removed.b().neg(), 1);
        b.attach(scope);
        return new Factors(a, b, update.scale());
    }
}
