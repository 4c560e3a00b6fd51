package io.tenfold.method.compare;

import io.tenfold.job.ErrorCode;
import io.tenfold.job.Fields;
import io.tenfold.job.FineTuneRequest;
import io.tenfold.job.FineTuneRequest.DataShape;
import io.tenfold.job.FineTuneRequest.TaskType;
import io.tenfold.job.JobError;
import io.tenfold.job.JobException;
import io.tenfold.job.RequestReader;
import io.tenfold.method.Earlier;
import io.tenfold.method.FineTuneMethod;
import io.tenfold.method.LanguageTexts;
import io.tenfold.method.MethodRegistry;
import io.tenfold.method.compare.CompareConfig.Candidate;
import io.tenfold.train.Recipe;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Provider;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

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
        new CandidateCheck(config, request, options, methods.get(), reader()).all();
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
    public LanguageTexts texts(CompareConfig config) {
        return config.candidates().stream()
                .map(candidate -> methods.get().texts(candidate.name(), candidate.method()))
                .reduce(LanguageTexts::and)
                .orElse(LanguageTexts.NONE);
    }

    @Override
    public Map<String, String> locations(CompareConfig config) {
        Map<String, String> all = new LinkedHashMap<>();
        for (int i = 0; i < config.candidates().size(); i++) {
            Candidate candidate = config.candidates().get(i);
            String prefix = Runner.prefix(i);
            methods.get()
                    .locations(candidate.name(), candidate.method())
                    .forEach((option, location) -> all.put(prefix + option, location));
        }
        return all;
    }

    @Override
    public Set<String> ofOtherModels(CompareConfig config) {
        Set<String> all = new HashSet<>();
        for (int i = 0; i < config.candidates().size(); i++) {
            Candidate candidate = config.candidates().get(i);
            String prefix = Runner.prefix(i);
            methods.get()
                    .ofOtherModels(candidate.name(), candidate.method())
                    .forEach(option -> all.add(prefix + option));
            String model = modelOption(candidate);
            if (model != null) {
                all.add(prefix + model);
            }
        }
        return all;
    }

    /** What each candidate's artifacts need, and the base of one that goes on from an artifact that is no model by itself. */
    @Override
    public Map<String, String> bases(CompareConfig config, Map<String, Path> folders) {
        Map<String, String> all = new LinkedHashMap<>();
        for (int i = 0; i < config.candidates().size(); i++) {
            Candidate candidate = config.candidates().get(i);
            String prefix = Runner.prefix(i);
            Map<String, Path> own = Runner.folders(i, folders);
            methods.get()
                    .bases(candidate.name(), candidate.method(), own)
                    .forEach((option, location) -> all.put(prefix + option, location));
            String model = modelOption(candidate);
            if (model == null) {
                continue;
            }
            String base = earlier(i, candidate, own).model();
            if (base != null) {
                all.put(prefix + model, base);
            } else if (all.containsKey(prefix + model)) {
                throw new JobException(
                        ErrorCode.BAD_MODEL,
                        "method." + prefix + model,
                        "candidate %s: %s is an adapter on a base, and a whole model is needed here; merge the two (method lora with merge), or give a model"
                                .formatted(
                                        candidate.label(), methods.get().model(candidate.name(), candidate.method())));
            }
        }
        return all;
    }

    /** The tasks of earlier jobs, which must be the same for all: a race is judged on the same rows. */
    @Override
    public Earlier earlier(CompareConfig config, Map<String, Path> folders) {
        List<Candidate> candidates = config.candidates();
        List<Earlier> all = new ArrayList<>();
        for (int i = 0; i < candidates.size(); i++) {
            all.add(earlier(i, candidates.get(i), Runner.folders(i, folders)));
            if (!all.get(i).tasks().equals(all.getFirst().tasks())) {
                throw new JobException(
                        ErrorCode.BAD_REQUEST,
                        "method.candidates[%d]".formatted(i),
                        "candidate %s is scored on %s of an earlier job, but candidate %s on %s; a race scores all on the same tasks: let all go on from artifacts of the same tasks, or run it as a job of its own"
                                .formatted(
                                        candidates.get(i).label(),
                                        names(all.get(i)),
                                        candidates.getFirst().label(),
                                        names(all.getFirst())));
            }
        }
        return new Earlier(
                model(config) == null ? null : all.getFirst().model(),
                all.getFirst().tasks());
    }

    private Earlier earlier(int number, Candidate candidate, Map<String, Path> own) {
        try {
            return methods.get().earlier(candidate.name(), candidate.method(), own);
        } catch (JobException e) {
            throw CandidateCheck.within(number, candidate, e);
        }
    }

    private static String names(Earlier earlier) {
        return earlier.tasks().isEmpty()
                ? "no task"
                : earlier.tasks().stream().map(FineTuneRequest.TaskData::name).collect(Collectors.joining(", "));
    }

    /** The first candidate's, where each has a model by its own options: then the request has none. */
    @Override
    public @Nullable String model(CompareConfig config) {
        List<String> models = new ArrayList<>();
        for (Candidate candidate : config.candidates()) {
            String model = methods.get().names().contains(candidate.name())
                    ? methods.get().model(candidate.name(), candidate.method())
                    : null;
            if (model == null) {
                return null;
            }
            models.add(model);
        }
        return models.isEmpty() ? null : models.getFirst();
    }

    /** The candidate's option that gives its model; null: none does. */
    private @Nullable String modelOption(Candidate candidate) {
        String model = methods.get().model(candidate.name(), candidate.method());
        return model == null
                ? null
                : methods.get().locations(candidate.name(), candidate.method()).entrySet().stream()
                        .filter(option -> option.getValue().equals(model))
                        .map(Map.Entry::getKey)
                        .findFirst()
                        .orElse(null);
    }

    @Override
    public boolean measuresForgetting(CompareConfig config) {
        return config.candidates().stream()
                .allMatch(candidate -> methods.get().names().contains(candidate.name())
                        && methods.get().measuresForgetting(candidate.name(), candidate.method()));
    }

    @Override
    public Set<TaskType> tasks(CompareConfig config) {
        return ALL_TASKS;
    }

    @Override
    public Recipe recipe(CompareConfig config, FineTuneRequest request) {
        List<Runner> runners = new ArrayList<>();
        for (int i = 0; i < config.candidates().size(); i++) {
            Candidate candidate = config.candidates().get(i);
            String own = methods.get().model(candidate.name(), candidate.method());
            String model = own == null || own.equals(request.model()) ? null : modelOption(candidate);
            for (int seed = 0; seed < config.seeds(); seed++) {
                var alone = candidate.request(request.body(), methods.get());
                alone.withObject("/training").put("seed", request.training().seed() + seed);
                FineTuneRequest run = reader().readValid(alone, request.id());
                runners.add(new Runner(candidate, i, seed, run, methods.get().recipe(run), model));
            }
        }
        return new CompareRecipe(config, runners);
    }
}
