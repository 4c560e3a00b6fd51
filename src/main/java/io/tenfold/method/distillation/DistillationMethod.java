package io.tenfold.method.distillation;

import io.tenfold.job.Fields;
import io.tenfold.job.FineTuneRequest;
import io.tenfold.job.FineTuneRequest.TaskType;
import io.tenfold.method.ArtifactModels;
import io.tenfold.method.FineTuneMethod;
import io.tenfold.method.MethodRegistry;
import io.tenfold.train.Recipe;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Provider;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Trains a student on what a teacher says of the rows beside their labels: see the package. */
@ApplicationScoped
public class DistillationMethod implements FineTuneMethod<DistillationConfig> {

    private static final double LEARNING_RATE = 2e-5;

    private final Provider<MethodRegistry> methods;
    private final ArtifactModels models;

    /** @param methods asked for a teacher's method; not before all methods are there */
    public DistillationMethod(Provider<MethodRegistry> methods, ArtifactModels models) {
        this.methods = methods;
        this.models = models;
    }

    @Override
    public String name() {
        return "distillation";
    }

    @Override
    public DistillationConfig read(Fields options) {
        return new DistillationOptions(methods).read(options);
    }

    @Override
    public void check(DistillationConfig config, FineTuneRequest request, Fields options) {
        DistillationOptions.check(request, options);
    }

    @Override
    public Set<TaskType> tasks(DistillationConfig config) {
        return LABELS_AND_WORDS;
    }

    @Override
    public double learningRate(DistillationConfig config) {
        return LEARNING_RATE;
    }

    @Override
    public Map<String, String> locations(DistillationConfig config) {
        return Map.of(config.teacher().option(), config.teacher().location());
    }

    @Override
    public Set<String> ofOtherModels(DistillationConfig config) {
        return Set.of(config.teacher().option());
    }

    @Override
    public Map<String, String> bases(DistillationConfig config, Map<String, Path> folders) {
        Map<String, String> bases = new HashMap<>();
        folders.forEach(
                (option, folder) -> models.baseLocation(folder).ifPresent(location -> bases.put(option, location)));
        return bases;
    }

    /** The teacher's, where the student is cut from it. */
    @Override
    public @Nullable String model(DistillationConfig config) {
        return config.studentLayers() == null ? null : config.teacher().location();
    }

    @Override
    public Recipe recipe(DistillationConfig config, FineTuneRequest request) {
        return new DistillationRecipe(config, request, LEARNING_RATE, methods, models);
    }
}
