package io.tenfold.method.compare;

import io.tenfold.job.FineTuneRequest;
import io.tenfold.job.JobException;
import io.tenfold.method.compare.CompareConfig.Candidate;
import io.tenfold.train.Inputs;
import io.tenfold.train.Recipe;
import io.tenfold.train.SharedBase;
import io.tenfold.train.StageOutcome;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One run of a candidate.
 *
 * @param number of the candidate, from 0
 * @param seed from 0
 * @param request that would make the run alone
 * @param model the candidate's option that gives its model, where that is another than the race's; null: the race's
 */
record Runner(
        Candidate candidate,
        int number,
        int seed,
        FineTuneRequest request,
        Recipe recipe,
        @Nullable String model) {

    /** What the race's options have before those of a candidate. */
    static String prefix(int number) {
        return "candidates[%d].".formatted(number);
    }

    /** What a candidate's options name, by these. */
    static Map<String, Path> folders(int number, Map<String, Path> race) {
        String prefix = prefix(number);
        Map<String, Path> own = new TreeMap<>();
        race.forEach((option, folder) -> {
            if (option.startsWith(prefix)) {
                own.put(option.substring(prefix.length()), folder);
            }
        });
        return own;
    }

    /** Where the model of the run lies. */
    Path modelFolder(Inputs job) {
        if (model == null) {
            return job.modelFolder();
        }
        Map<String, Path> own = folders(number, job.folders());
        Path base = own.get(model + ".base");
        return base == null ? Objects.requireNonNull(own.get(model), model) : base;
    }

    /** What the run's stages work with. Files of its own don't meet those of others. */
    Inputs inputs(Inputs job, SharedBase base) {
        Path work = job.workFolder().resolve("run-%d-%d".formatted(number + 1, seed));
        try {
            Files.createDirectories(work);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new Inputs(
                request,
                modelFolder(job),
                job.tokenizer(),
                job.tasks(),
                job.target(),
                job.heads(),
                folders(number, job.folders()),
                work,
                job.backend(),
                model == null ? base : null);
    }

    /** Errors of a candidate say whose they are. */
    <T> T named(Supplier<T> work) {
        try {
            return work.get();
        } catch (JobException e) {
            throw CandidateCheck.within(number, candidate, e);
        }
    }

    /** How the race calls one of its stages. */
    String stageName(String run, @Nullable String stage) {
        return stage == null ? run : run + "/" + stage;
    }

    /** Outcomes of its stages under the names that these have when it runs alone. */
    List<StageOutcome> alone(String run, List<StageOutcome> own) {
        return own.stream()
                .map(outcome -> {
                    String stage = outcome.stage();
                    return outcome.named(
                            stage == null || !stage.startsWith(run + "/") ? null : stage.substring(run.length() + 1));
                })
                .toList();
    }
}
