package io.tenfold.method.domain;

import io.tenfold.job.ErrorCode;
import io.tenfold.job.Fields;
import io.tenfold.job.FineTuneRequest;
import io.tenfold.job.FineTuneRequest.DataShape;
import io.tenfold.job.FineTuneRequest.TaskData;
import io.tenfold.job.FineTuneRequest.TaskType;
import io.tenfold.job.JobError;
import io.tenfold.method.FineTuneMethod;
import io.tenfold.method.LanguageTexts;
import io.tenfold.method.MethodRegistry;
import io.tenfold.train.Recipe;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Provider;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Learns a task from a labelled domain for another one, of which there may be texts alone. */
@ApplicationScoped
public class DomainMethod implements FineTuneMethod<DomainConfig> {

    private final InnerMethods inner;

    public DomainMethod(Provider<MethodRegistry> registry) {
        inner = new InnerMethods(registry);
    }

    @Override
    public String name() {
        return "domain";
    }

    @Override
    public DomainConfig read(Fields options) {
        return DomainConfig.read(options, inner);
    }

    @Override
    public double learningRate(DomainConfig config) {
        return 2e-5;
    }

    @Override
    public @Nullable String lighter(DomainConfig config) {
        return config instanceof DomainConfig.Supervised ? "kind domain_adapters, which trains less" : null;
    }

    @Override
    public Set<DataShape> shapes(DomainConfig config) {
        return config instanceof DomainConfig.Adapters
                ? Set.of(DataShape.TARGET, DataShape.TASKS)
                : Set.of(DataShape.TARGET);
    }

    @Override
    public boolean labelledTarget(DomainConfig config) {
        return config.labelledTarget();
    }

    @Override
    public Set<TaskType> tasks(DomainConfig config) {
        return config.learnsLanguage() ? LABELS_AND_WORDS : LABELS;
    }

    @Override
    public @Nullable String insteadOf(DomainConfig config, TaskType type) {
        return type == TaskType.CAUSAL_LM
                ? "of its kinds pretrain, supervised and source_only learn causal_lm; take one of these"
                : null;
    }

    @Override
    public LanguageTexts texts(DomainConfig config) {
        return config instanceof DomainConfig.Pretrain pretrain
                ? new LanguageTexts(pretrain.both(), true, false)
                : LanguageTexts.NONE;
    }

    @Override
    public void check(DomainConfig config, FineTuneRequest request, Fields options) {
        TaskData target = request.data().target();
        if (target != null && target.train().isEmpty() && config.needsTargetRows()) {
            report(
                    options,
                    "data.target.train",
                    "data.target.train is missing, but kind %s learns from the target's %s; give the file, or take source_only"
                            .formatted(
                                    options.raw("kind").asText(), config.labelledTarget() ? "labelled rows" : "texts"));
        }
        if (config instanceof DomainConfig.Distance && request.training().batchSize() < 2) {
            report(
                    options,
                    "training.batch_size",
                    "training.batch_size is 1, but kind %s compares the rows of a batch; it must be at least 2"
                            .formatted(options.raw("kind").asText()));
        }
        if (config.readsTexts() && request.task().type() == TaskType.TOKEN_CLASSIFICATION) {
            report(
                    options,
                    "task.type",
                    "task.type is token_classification, but kind %s reads texts without labels; take supervised or domain_adapters"
                            .formatted(options.raw("kind").asText()));
        }
        if (request.task().type() == TaskType.CAUSAL_LM) {
            Pretraining.maskOption(request)
                    .ifPresent(option -> report(options, option, Pretraining.masksNothing(option)));
        }
        if (request.data().shape() == DataShape.TASKS) {
            checkTasks(request.data().tasks(), options);
        }
    }

    /** All domains share one head. */
    private static void checkTasks(List<TaskData> domains, Fields options) {
        TaskData first = domains.getFirst();
        if (domains.size() < 2) {
            report(
                    options,
                    "data.tasks",
                    "data.tasks has one domain; give at least two, the one that trains the head first");
        }
        for (TaskData domain : domains) {
            if (!domain.task().equals(first.task())) {
                report(
                        options,
                        domain.param() + ".task",
                        "%s.task is another than that of %s, but domains share one head; give one task beside data for all, or take multitask"
                                .formatted(domain.param(), first.name()));
            }
        }
    }

    private static void report(Fields options, String param, String message) {
        options.errors().add(new JobError(ErrorCode.BAD_REQUEST, message, param));
    }

    @Override
    public Recipe recipe(DomainConfig config, FineTuneRequest request) {
        double rate = learningRate(config);
        return switch (config) {
            case DomainConfig.SourceOnly _ ->
                Recipe.of(inputs -> Domains.of(inputs).tuning(inputs, rate));
            case DomainConfig.Pretrain pretrain -> Pretraining.recipe(pretrain, rate);
            case DomainConfig.Adversarial(double lambdaMax) ->
                Recipe.of(inputs -> Alignments.tuning(inputs, rate, width -> new Adversary(inputs, lambdaMax, width)));
            case DomainConfig.Distance(boolean kernels, double weight) ->
                Recipe.of(inputs -> Alignments.tuning(inputs, rate, _ -> new FeatureDistance(kernels, weight)));
            case DomainConfig.Supervised _ -> Domains.oneAfterAnother(rate);
            case DomainConfig.Adapters adapters -> new AdapterPerDomain(adapters, inner, request);
        };
    }
}
