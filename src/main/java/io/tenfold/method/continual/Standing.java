package io.tenfold.method.continual;

import io.tenfold.job.ErrorCode;
import io.tenfold.job.FineTuneRequest.TaskData;
import io.tenfold.job.JobException;
import io.tenfold.job.MetricNames;
import io.tenfold.model.HeadSpec;
import io.tenfold.train.Inputs;
import io.tenfold.train.StageOutcome;
import io.tenfold.train.TaskRows;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Where a job stands between two tasks.
 *
 * @param history what earlier jobs did
 * @param tasks all tasks, those of earlier jobs first
 * @param previous the files that the last task left; null before the first of all
 * @param matrix the scores so far
 */
record Standing(
        History history, List<TaskRows> tasks, @Nullable Path previous, AccuracyMatrix matrix) {

    /** The stage that scores the base before the first task; no task is called so. */
    static final String UNTRAINED = "_untrained";

    /** Under this name a stage's metrics have those of each task. */
    static final String TASKS = "tasks";

    /** What to do where a language is mixed with labels. */
    static final String ONE_KIND = "give tasks of one kind, and the others to a job of their own";

    /** The option that names an earlier job's artifact. */
    static final String FROM = "from";

    /** @param done the outcomes of the job's stages so far, in order */
    static Standing of(ContinualConfig config, Inputs job, List<StageOutcome> done) {
        String from = config.from();
        Path earlier = job.folders().get(FROM);
        History history = from == null || earlier == null
                ? History.none(config.strategy(), job.request().model())
                : History.read(earlier, from);
        refuseKnownNames(history, job);
        refuseMixed(job);
        boolean language = ofLanguage(job.tasks());
        refuseOtherMetric(history, language, job);
        List<String> names = job.tasks().stream().map(TaskRows::name).toList();
        Map<String, Double> untrained = new LinkedHashMap<>(history.matrix().untrained());
        AccuracyMatrix matrix = new AccuracyMatrix(
                names, history.matrix().rows(), untrained, language && MetricNames.lowerIsBetter(job.metric()));
        Path previous = earlier;
        for (StageOutcome outcome : done) {
            Map<String, Double> scores = scores(outcome, job);
            if (Objects.equals(outcome.stage(), UNTRAINED)) {
                untrained.putAll(scores);
                matrix = new AccuracyMatrix(names, matrix.rows(), untrained, matrix.lowerIsBetter());
            } else {
                matrix = matrix.then(scores);
                previous = outcome.folder();
            }
        }
        return new Standing(history, job.tasks(), previous, matrix);
    }

    private static void refuseKnownNames(History history, Inputs job) {
        for (TaskData task : job.request().data().tasks()) {
            if (history.tasks().stream().anyMatch(known -> known.name().equalsIgnoreCase(task.name()))) {
                throw new JobException(
                        ErrorCode.BAD_REQUEST,
                        task.param() + ".name",
                        "%s.name is %s, as a task of the earlier job is called already (%s); give each a name of its own"
                                .formatted(
                                        task.param(),
                                        task.name(),
                                        String.join(
                                                ", ",
                                                history.tasks().stream()
                                                        .map(TaskData::name)
                                                        .toList())));
            }
        }
    }

    private static Map<String, Double> scores(StageOutcome outcome, Inputs job) {
        Map<String, Double> scores = new LinkedHashMap<>();
        if (outcome.result().metrics().get(TASKS) instanceof Map<?, ?> byTask) {
            for (TaskRows task : job.tasks()) {
                if (byTask.get(task.name()) instanceof Map<?, ?> metrics) {
                    scores.put(task.name(), score(job, task, metrics));
                }
            }
        }
        return scores;
    }

    /** A task's usual score, of a language the one that the request names; not a number where that can't be told. */
    static double score(Inputs job, TaskRows task, Map<?, ?> metrics) {
        String metric = task.head().vocabulary() ? job.metric() : task.usualMetric();
        return metrics.get(metric) instanceof Number number ? number.doubleValue() : Double.NaN;
    }

    /** Whether the tasks are of a language, whose words all share one head. */
    static boolean ofLanguage(List<TaskRows> tasks) {
        return tasks.getFirst().head().vocabulary();
    }

    private static void refuseMixed(Inputs job) {
        boolean language = ofLanguage(job.tasks());
        job.tasks().stream()
                .filter(task -> task.head().vocabulary() != language)
                .findFirst()
                .ifPresent(other -> {
                    throw new JobException(
                            ErrorCode.BAD_REQUEST,
                            "data.tasks",
                            "task %s is of another kind than %s, but a language and labels share no model here; %s"
                                    .formatted(other.name(), job.task().name(), ONE_KIND));
                });
    }

    private static void refuseOtherMetric(History history, boolean language, Inputs job) {
        String before = history.metric();
        if (language && before != null && !before.equals(job.metric())) {
            throw new JobException(
                    ErrorCode.BAD_REQUEST,
                    "training.metric",
                    "training.metric is %s, but the earlier job's tasks were scored by %s, and scores are laid side by side; set training.metric to %s"
                            .formatted(job.metric(), before, before));
        }
    }

    /** The task of a name. */
    TaskRows task(String name) {
        return tasks.stream()
                .filter(task -> task.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    /** The number of a task, from 0. */
    int number(String name) {
        return tasks.indexOf(task(name));
    }

    /** The tasks that were learnt before this one. */
    List<TaskRows> before(String name) {
        return tasks.subList(0, number(name));
    }

    /** The heads of all tasks; none by name where they are of a language. */
    Map<String, HeadSpec> heads() {
        Map<String, HeadSpec> heads = new LinkedHashMap<>();
        if (ofLanguage(tasks)) {
            return heads;
        }
        tasks.forEach(task -> heads.put(task.name(), task.head()));
        return heads;
    }
}
