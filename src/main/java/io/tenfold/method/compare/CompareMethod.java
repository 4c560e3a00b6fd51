package io.tenfold.method.compare;

import io.tenfold.job.ErrorCode;
import io.tenfold.job.Fields;
import io.tenfold.job.FineTuneRequest;
import io.tenfold.job.FineTuneRequest.DataShape;
import io.tenfold.job.JobError;
import io.tenfold.job.RequestReader;
import io.tenfold.method.FineTuneMethod;
import io.tenfold.method.MethodRegistry;
import io.tenfold.method.compare.CompareConfig.Candidate;
import io.tenfold.train.Recipe;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Provider;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Races several methods on the same rows and seeds, publishes the winner's artifact, and reports on all. With successive
 * halving (Jamieson and Talwalkar 2016, arXiv:1502.07943, algorithm 1) those behind stop early.
 */
@ApplicationScoped
public class CompareMethod implements FineTuneMethod<CompareConfig> {

    private final Provider<MethodRegistry> methods;

    public CompareMethod(Provider<MethodRegistry> methods) {
        this.methods = methods;
    }

    @Override
    public String name() {
        return CompareConfig.NAME;
    }

    @Override
    public CompareConfig read(Fields options) {
        return CompareConfig.read(options, methods.get());
    }

    @Override
    public void check(CompareConfig config, FineTuneRequest request, Fields options) {
        if (!request.data().scored()) {
            options.errors()
                    .add(new JobError(
                            ErrorCode.BAD_REQUEST,
                            "data.validation is missing; compare chooses by the scores on it, give it",
                            "data.validation"));
        }
        if (!options.errors().isEmpty()) {
            return;
        }
        for (int i = 0; i < config.candidates().size(); i++) {
            check(config.candidates().get(i), "method.candidates[%d]".formatted(i), config, request, options);
        }
    }

    /** Reads the request that would run the candidate alone. */
    private void check(
            Candidate candidate, String param, CompareConfig config, FineTuneRequest request, Fields options) {
        MethodRegistry registry = methods.get();
        switch (reader().read(candidate.request(request.body(), registry), request.id())) {
            case RequestReader.Result.Invalid(List<JobError> errors) ->
                errors.forEach(error -> options.errors()
                        .add(new JobError(
                                error.code(),
                                "candidate %s: %s".formatted(candidate.label(), error.message()),
                                within(param, error.param()))));
            case RequestReader.Result.Valid(FineTuneRequest alone) -> {
                if (!registry.readsPlainRows(alone)) {
                    refuse(
                            options,
                            param,
                            "candidate %s reads rows in a way of its own, and all must read the same; run it as a job of its own"
                                    .formatted(candidate.label()));
                }
                int stages = registry.recipe(alone).stages().size();
                if (config.halving() && stages > 1) {
                    refuse(
                            options,
                            param,
                            "candidate %s has %d stages, and successive_halving stops runs of one; take stop none"
                                    .formatted(candidate.label(), stages));
                }
            }
        }
    }

    private static void refuse(Fields options, String param, String message) {
        options.errors().add(new JobError(ErrorCode.BAD_REQUEST, message, param));
    }

    /** Where a field of the candidate's own request stands in the race's. */
    private static String within(String candidate, @org.jspecify.annotations.Nullable String param) {
        if (param == null || param.equals("method")) {
            return candidate;
        }
        if (param.startsWith("method.")) {
            return candidate + param.substring("method".length());
        }
        return param.startsWith("training.") ? candidate + "." + param : param;
    }

    private RequestReader reader() {
        // Locations were checked with the race's own request.
        return new RequestReader(methods.get(), (location, param) -> {});
    }

    @Override
    public Set<DataShape> shapes(CompareConfig config) {
        Set<DataShape> shapes = EnumSet.allOf(DataShape.class);
        for (Candidate candidate : config.candidates()) {
            if (methods.get().names().contains(candidate.name())) {
                shapes.retainAll(methods.get().shapes(candidate.name(), candidate.method()));
            }
        }
        return shapes.isEmpty() ? Set.of(DataShape.ONE) : shapes;
    }

    @Override
    public double learningRate(CompareConfig config) {
        return 2e-5;
    }

    @Override
    public boolean labelledTarget(CompareConfig config) {
        return config.candidates().stream()
                .anyMatch(candidate -> methods.get().labelledTarget(candidate.name(), candidate.method()));
    }

    @Override
    public Map<String, String> locations(CompareConfig config) {
        Map<String, String> all = new LinkedHashMap<>();
        for (int i = 0; i < config.candidates().size(); i++) {
            Candidate candidate = config.candidates().get(i);
            String prefix = "candidates[%d].".formatted(i);
            methods.get()
                    .locations(candidate.name(), candidate.method())
                    .forEach((option, location) -> all.put(prefix + option, location));
        }
        return all;
    }

    @Override
    public Recipe recipe(CompareConfig config, FineTuneRequest request) {
        List<CompareRecipe.Runner> runners = new ArrayList<>();
        for (int i = 0; i < config.candidates().size(); i++) {
            Candidate candidate = config.candidates().get(i);
            for (int seed = 0; seed < config.seeds(); seed++) {
                var alone = candidate.request(request.body(), methods.get());
                alone.withObject("/training").put("seed", request.training().seed() + seed);
                FineTuneRequest own = reader().readValid(alone, request.id());
                runners.add(new CompareRecipe.Runner(
                        candidate, i, seed, own, methods.get().recipe(own)));
            }
        }
        return new CompareRecipe(config, runners);
    }
}
