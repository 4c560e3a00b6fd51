package io.tenfold.worker;

import io.tenfold.data.TextTokenizer;
import io.tenfold.data.TokenizedSet;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.FineTuneRequest;
import io.tenfold.job.JobException;
import io.tenfold.job.MetricNames;
import io.tenfold.method.ArtifactModels;
import io.tenfold.model.BaseModel;
import io.tenfold.train.Forward;
import io.tenfold.train.Predicted;
import io.tenfold.train.Scored;
import io.tenfold.train.Scoring;
import io.tenfold.train.TaskRows;
import io.tenfold.train.TrainingLoop;
import io.tenfold.train.TrainingSession;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The earlier artifact of {@code gates.must_beat}, scored on this job's validation rows, which it reads in its own way. */
final class Rival {

    private static final String PARAM = "gates.must_beat";

    private final String location;
    private final ArtifactFiles files;
    private final ArtifactModels models;
    private final JobInputs inputs;

    /** @param files brought before training, so that no hour is spent on a rival that is not there */
    Rival(String location, ArtifactFiles files, ArtifactModels models, JobInputs inputs) {
        this.location = location;
        this.files = files;
        this.models = models;
        this.inputs = inputs;
    }

    /** Its score by the metric that the job is judged by; of several tasks the mean, of two domains the target's. */
    double score(TrainingSession.Material material, TrainingSession session) {
        FineTuneRequest request = material.request();
        TaskRows target = material.target();
        if (target != null && target.validation() != null) {
            return score(request, Objects.requireNonNull(request.data().target()), target, null, session);
        }
        double sum = 0;
        int scored = 0;
        for (int i = 0; i < material.tasks().size(); i++) {
            TaskRows rows = material.tasks().get(i);
            if (rows.validation() != null) {
                // Tasks of a language share its model.
                boolean whole = rows.name().isEmpty()
                        || (rows.task().type().ofWords() && !ArtifactModels.hasParts(files.folder()));
                String task = whole ? null : rows.name();
                sum += score(request, material.sources().get(i), rows, task, session);
                scored++;
            }
        }
        return sum / scored;
    }

    private double score(
            FineTuneRequest request,
            FineTuneRequest.TaskData data,
            TaskRows rows,
            @Nullable String task,
            TrainingSession session) {
        Path base = files.base();
        try (TextTokenizer tokenizer = TextTokenizer.open(base == null ? files.folder() : base, files.baseLocation());
                BaseModel shared = base == null ? null : ArtifactModels.base(base, session.backend())) {
            Scoring scoring = models.scoring(files.folder(), shared, location, tokenizer, session.backend(), task);
            try (var _ = scoring.network()) {
                TokenizedSet validation = inputs.validation(data, request, scoring.encoder(), tokenizer, rows);
                Predicted predicted = Predicted.of(
                        scoring.network(),
                        inOrder(scoring, rows.labels()),
                        validation,
                        TrainingLoop.evalBatchSize(request.training()),
                        session.backend(),
                        _ -> {});
                String asked = request.training().metric();
                String metric = asked == null || asked.equals(MetricNames.MEAN) ? rows.usualMetric() : asked;
                return Scored.score(predicted.metrics(validation), metric);
            }
        }
    }

    /** Its outputs in the order of this job's labels. */
    private Forward inOrder(Scoring scoring, List<String> labels) {
        return scoring.inOrder(labels)
                .orElseThrow(() -> new JobException(
                        ErrorCode.BAD_REQUEST,
                        PARAM,
                        "%s is %s, whose labels are %s, but this job's are %s; name an artifact for the same labels"
                                .formatted(PARAM, location, scoring.head().labels(), labels)));
    }
}
