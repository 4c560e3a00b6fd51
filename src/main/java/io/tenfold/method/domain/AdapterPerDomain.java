package io.tenfold.method.domain;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tenfold.checkpoint.SafetensorsReader;
import io.tenfold.checkpoint.SafetensorsWriter;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.FineTuneRequest;
import io.tenfold.job.FineTuneRequest.DataShape;
import io.tenfold.job.FineTuneRequest.TaskData;
import io.tenfold.job.FineTuneRequest.TaskType;
import io.tenfold.job.JobException;
import io.tenfold.job.MetricNames;
import io.tenfold.tensor.AdamW;
import io.tenfold.tensor.Parameter;
import io.tenfold.tensor.Parameters;
import io.tenfold.tensor.Recording;
import io.tenfold.train.Evaluator;
import io.tenfold.train.Inputs;
import io.tenfold.train.Recipe;
import io.tenfold.train.Scored;
import io.tenfold.train.Stage;
import io.tenfold.train.StageOutcome;
import io.tenfold.train.TaskRows;
import io.tenfold.train.Tuning;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * A stage for each domain, on the frozen base: the first one trains its own weights and the head, the others theirs alone
 * under that head, as language adapters go under a task's (Pfeiffer et al. 2020, arXiv:2005.00052). The artifact has a
 * folder for each, {@code adapters/<domain>}, in the files of the method that trained it.
 */
final class AdapterPerDomain implements Recipe {

    /** Beside the first domain's files, by the network's names; not published. */
    private static final String HEAD = "shared_head.safetensors";

    private static final ObjectMapper JSON = new ObjectMapper();

    private final DomainConfig.Adapters config;
    private final InnerMethods inner;
    private final List<String> names;
    private final boolean named;

    AdapterPerDomain(DomainConfig.Adapters config, InnerMethods inner, FineTuneRequest request) {
        this.config = config;
        this.inner = inner;
        named = request.data().shape() == DataShape.TASKS;
        names = named
                ? request.data().tasks().stream().map(TaskData::name).toList()
                : List.of(Domains.SOURCE, "target");
    }

    @Override
    public List<Stage> stages() {
        List<Stage> stages = new ArrayList<>();
        names.forEach(name -> stages.add(new OfDomain(name)));
        return stages;
    }

    private List<TaskRows> domains(Inputs job) {
        if (named) {
            return job.tasks();
        }
        Domains both = Domains.of(job);
        return List.of(both.source(), both.target());
    }

    /** Where a domain's files lie in an artifact. */
    private static Path folder(Path artifact, String domain) {
        return artifact.resolve("adapters").resolve(domain);
    }

    private final class OfDomain implements Stage {

        private final String name;

        OfDomain(String name) {
            this.name = name;
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public Inputs inputs(Inputs job, List<StageOutcome> done) {
            List<TaskRows> domains = domains(job);
            TaskRows own = domains.get(done.size());
            if (done.isEmpty()) {
                domains.forEach(domain -> check(domain, domains.getFirst(), job));
            }
            return job.of(own);
        }

        /** Before the first domain is trained, what would stop a later one. */
        private void check(TaskRows domain, TaskRows first, Inputs job) {
            String param = param(domain.name(), job.request());
            Domains.refuseFew(
                    Objects.requireNonNull(domain.training()),
                    param,
                    Domains.LEAST_ROWS,
                    "each domain's weights are trained on its own rows");
            if (!domain.labels().equals(first.labels())) {
                throw new JobException(
                        ErrorCode.BAD_DATA,
                        param,
                        "domain %s has the labels %s, but %s has %s, and domains share one head; name all of them in task.labels"
                                .formatted(
                                        domain.name(),
                                        String.join(", ", domain.labels()),
                                        first.name(),
                                        String.join(", ", first.labels())));
            }
        }

        /** The field that names a domain's training rows. */
        private String param(String domain, FineTuneRequest request) {
            if (named) {
                return request.data().tasks().get(names.indexOf(domain)).param() + ".train";
            }
            return domain.equals(Domains.SOURCE) ? "data.train" : "data.target.train";
        }

        @Override
        public Tuning prepare(Inputs inputs, List<StageOutcome> done) {
            Tuning tuning = inner.tuning(config, inputs);
            Parameters ofHead = tuning.network().headParameters("");
            Parameters shared = tuning.trained().matching(parameter -> ofHead.contains(parameter.name()));
            if (!done.isEmpty()) {
                fill(shared, done.getFirst().folder(), inputs);
                shared.trainable(false);
            }
            Tuning own = done.isEmpty() ? tuning : tuning.withGroups(without(shared, tuning.groups()));
            own = own.withWriter(artifact -> write(tuning, artifact, inputs, done.isEmpty() ? shared : null));
            return inputs.validation() == null ? own : own.withEvaluator(evaluator(tuning, inputs));
        }

        private Evaluator evaluator(Tuning tuning, Inputs inputs) {
            DomainEvaluator one = new DomainEvaluator(
                    tuning.network(), _ -> tuning.forward(), Map::of, List.of(inputs.task()), inputs);
            return between -> {
                Scored scored = one.score(between);
                return new Scored(of(scored.metrics(), name), scored.sets());
            };
        }

        private void write(Tuning tuning, Path artifact, Inputs inputs, @Nullable Parameters shared) {
            Path own = folder(artifact, name);
            try {
                Files.createDirectories(own);
                tuning.writer().write(own);
                // Not every format's files say what the classes are called.
                if (inputs.task().task().type() != TaskType.REGRESSION) {
                    JSON.writeValue(own.resolve("metrics.json").toFile(), Map.of("labels", inputs.labels()));
                }
            } catch (IOException e) {
                throw new UncheckedIOException("the files of domain %s can't be written".formatted(name), e);
            }
            if (shared != null) {
                Map<String, NDArray> arrays = new LinkedHashMap<>();
                shared.forEach(parameter -> arrays.put(parameter.name(), parameter.value()));
                SafetensorsWriter.write(artifact.resolve(HEAD), arrays);
            }
        }
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> of(Map<String, Object> metrics, String domain) {
        return (Map<String, Object>) Objects.requireNonNull(metrics.get(domain));
    }

    private static void fill(Parameters shared, Path first, Inputs inputs) {
        try (NDManager scope = inputs.backend().scope();
                Recording _ = Recording.off();
                SafetensorsReader reader = SafetensorsReader.open(first.resolve(HEAD))) {
            for (Parameter parameter : shared) {
                parameter.set(reader.read(scope, parameter.name()));
            }
        }
    }

    private static List<AdamW.Group> without(Parameters shared, List<AdamW.Group> groups) {
        return groups.stream()
                .map(group -> new AdamW.Group(
                        group.parameters().stream()
                                .filter(parameter -> !shared.contains(parameter.name()))
                                .toList(),
                        group.learningRateScale(),
                        group.weightDecay()))
                .filter(group -> !group.parameters().isEmpty())
                .toList();
    }

    @Override
    public Finish finish(Inputs inputs, List<StageOutcome> done) {
        StageOutcome last = done.getLast();
        Gathering.into(last.folder(), done, (artifact, stage) -> folder(artifact, String.valueOf(stage.stage())));
        StageOutcome published = new StageOutcome(
                null,
                last.result(),
                sum(done, StageOutcome::trainableParameters),
                sum(done, StageOutcome::methodParameters),
                last.totalParameters() + sum(done.subList(0, done.size() - 1), StageOutcome::methodParameters),
                done.stream().mapToDouble(StageOutcome::seconds).sum(),
                done.stream().mapToLong(StageOutcome::peakMemoryBytes).max().orElse(0),
                last.folder());
        return new Finish(published, metrics(inputs, done), List.of());
    }

    private static long sum(List<StageOutcome> done, ToLongFunction<StageOutcome> of) {
        return done.stream().mapToLong(of).sum();
    }

    private Map<String, Object> metrics(Inputs inputs, List<StageOutcome> done) {
        Map<String, Object> byDomain = new LinkedHashMap<>();
        List<Double> scores = new ArrayList<>();
        String usual = inputs.task().usualMetric();
        for (StageOutcome stage : done) {
            Map<String, Object> own = stage.result().metrics();
            if (!own.isEmpty()) {
                byDomain.put(String.valueOf(stage.stage()), own);
                scores.add(own.get(usual) instanceof Number number ? number.doubleValue() : Double.NaN);
            }
        }
        if (!named || byDomain.isEmpty()) {
            return byDomain;
        }
        Map<String, @Nullable Object> metrics = new LinkedHashMap<>();
        metrics.put("tasks", byDomain);
        double mean = scores.stream().mapToDouble(score -> score).average().orElse(Double.NaN);
        // A score may not be defined, as the correlation with a constant; JSON has no such number.
        metrics.put(MetricNames.MEAN, Double.isNaN(mean) ? null : mean);
        return metrics;
    }
}
