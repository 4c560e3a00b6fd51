package io.tenfold.train;

import io.tenfold.data.TextTokenizer;
import io.tenfold.data.TokenizedSet;
import io.tenfold.job.FineTuneRequest;
import io.tenfold.job.MetricNames;
import io.tenfold.job.TrainingOptions;
import io.tenfold.tensor.Backend;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What every stage of a job shares.
 *
 * @param modelFolder the base model's files on this machine
 * @param labels the classes' names in the order of their numbers; one empty name for a regression
 * @param validation null when the request has none
 * @param folders the models and artifacts that the method's options name, by the option: {@code extract.from}
 * @param workFolder for files that live as long as the job
 */
public record Inputs(
        FineTuneRequest request,
        Path modelFolder,
        TextTokenizer tokenizer,
        List<String> labels,
        TokenizedSet training,
        @Nullable TokenizedSet validation,
        Map<String, Path> folders,
        Path workFolder,
        Backend backend) {

    /** The files behind a location that the method's options name. */
    public Path folder(String option) {
        return Objects.requireNonNull(folders.get(option), option);
    }

    /** The metric that chooses the best weights: the request's, or the task's first. */
    public String metric() {
        String asked = options().metric();
        return asked == null ? MetricNames.of(request.task().type()).getFirst() : asked;
    }

    /** The request's options. */
    public TrainingOptions options() {
        return request.training();
    }
}
