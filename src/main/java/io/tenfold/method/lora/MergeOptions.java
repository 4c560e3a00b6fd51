package io.tenfold.method.lora;

import io.tenfold.job.Fields;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What {@code merge_adapters} says; {@code svdRank} null: the largest of the adapters'. */
record MergeOptions(
        List<String> adapters,
        List<Double> weights,
        Combination combination,
        @Nullable Integer svdRank) {

    /** The option that names the adapters; a number in brackets follows. */
    private static final String ADAPTERS = "merge_adapters.adapters";

    /** Null when it is left out. */
    static @Nullable MergeOptions read(Fields method) {
        Fields f = method.object("merge_adapters", false);
        if (!method.has("merge_adapters")) {
            return null;
        }
        List<String> adapters = f.texts("adapters");
        if (adapters == null || adapters.isEmpty()) {
            if (!f.has("adapters") || adapters != null) {
                f.error("adapters", "%s names no adapter; give their locations".formatted(f.param("adapters")));
            }
            adapters = List.of();
        }
        List<String> kinds = Arrays.stream(Combination.Kind.values())
                .map(kind -> kind.name().toLowerCase(Locale.ROOT))
                .toList();
        Combination.Kind kind = Combination.Kind.valueOf(
                f.oneOf("combination_type", kinds, "svd").toUpperCase(Locale.ROOT));
        double density = f.number("density", 0.5, x -> x > 0 && x <= 1, "above 0 and at most 1");
        boolean byFrequency = f.oneOf("majority_sign_method", List.of("total", "frequency"), "total")
                .equals("frequency");
        Integer svdRank = f.integer("svd_rank", 1, 65_536);
        refuseUnused(f, "density", kind.prunes(), kind);
        refuseUnused(f, "majority_sign_method", kind.electsSigns(), kind);
        refuseUnused(f, "svd_rank", kind == Combination.Kind.SVD, kind);
        List<Double> weights = weights(f, adapters.size());
        f.refuseUnknown();
        return new MergeOptions(adapters, weights, new Combination(kind, density, byFrequency), svdRank);
    }

    private static void refuseUnused(Fields f, String name, boolean used, Combination.Kind kind) {
        if (f.has(name) && !used) {
            f.error(
                    name,
                    "%s is given, but combination_type %s has no use for it; leave it out"
                            .formatted(f.param(name), kind.name().toLowerCase(Locale.ROOT)));
        }
    }

    private static List<Double> weights(Fields f, int adapters) {
        List<Double> weights = f.numbers("weights");
        if (weights == null) {
            return Collections.nCopies(adapters, 1.0 / Math.max(1, adapters));
        }
        if (weights.size() != adapters) {
            f.error(
                    "weights",
                    "%s has %d numbers for %d adapters; give one for each"
                            .formatted(f.param("weights"), weights.size(), adapters));
        } else if (adapters > 0 && weights.stream().noneMatch(weight -> weight > 0)) {
            f.error(
                    "weights",
                    "%s has no number above 0; the heads are averaged by what is above 0"
                            .formatted(f.param("weights")));
        }
        return weights;
    }

    /** The locations by option. */
    Map<String, String> locations() {
        Map<String, String> locations = new LinkedHashMap<>();
        for (int i = 0; i < adapters.size(); i++) {
            locations.put(option(i), adapters.get(i));
        }
        return locations;
    }

    private static String option(int adapter) {
        return "%s[%d]".formatted(ADAPTERS, adapter);
    }
}
