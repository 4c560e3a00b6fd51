package io.tenfold.method.compare;

import io.tenfold.job.ErrorCode;
import io.tenfold.job.Fields;
import io.tenfold.job.FineTuneRequest;
import io.tenfold.job.JobError;
import io.tenfold.job.JobException;
import io.tenfold.job.RequestReader;
import io.tenfold.method.MethodRegistry;
import io.tenfold.method.compare.CompareConfig.Candidate;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the request alone shows to be wrong with candidates.
 *
 * @param request the race's
 * @param options of the race, into which errors are reported
 * @param reader of the requests that would run candidates alone
 */
record CandidateCheck(
        CompareConfig config, FineTuneRequest request, Fields options, MethodRegistry registry, RequestReader reader) {

    /** Refuses those that could not run alone, and those that are another's double. */
    void all() {
        Map<Object, String> known = new HashMap<>();
        for (int i = 0; i < config.candidates().size(); i++) {
            String param = "method.candidates[%d]".formatted(i);
            Candidate candidate = config.candidates().get(i);
            FineTuneRequest alone = alone(candidate, param);
            String same = alone == null
                    ? null
                    : known.put(
                            List.of(
                                    candidate.name(),
                                    registry.options(candidate.name(), candidate.method()),
                                    alone.training()),
                            candidate.label());
            if (same != null) {
                refuse(
                        param,
                        "%s trains as candidate %s does; leave one out (seeds repeats a candidate)"
                                .formatted(param, same));
            }
        }
    }

    /** Reads the request that would run the candidate alone; null: it can't be. */
    private @Nullable FineTuneRequest alone(Candidate candidate, String param) {
        return switch (reader.read(candidate.request(request.body(), registry), request.id())) {
            case RequestReader.Result.Invalid(List<JobError> errors) -> {
                errors.forEach(error -> options.errors()
                        .add(new JobError(
                                error.code(),
                                "candidate %s: %s".formatted(candidate.label(), error.message()),
                                within(param, error.param()))));
                yield null;
            }
            case RequestReader.Result.Valid(FineTuneRequest alone) -> {
                if (!registry.readsPlainRows(alone)) {
                    refuse(
                            param,
                            "candidate %s reads rows in a way of its own, and all must read the same; run it as a job of its own"
                                    .formatted(candidate.label()));
                }
                int stages = registry.recipe(alone).stages().size();
                if (config.halving() && stages > 1) {
                    refuse(
                            param,
                            "candidate %s has %d stages, and successive_halving stops runs of one; take stop none"
                                    .formatted(candidate.label(), stages));
                }
                yield alone;
            }
        };
    }

    private void refuse(String param, String message) {
        options.errors().add(new JobError(ErrorCode.BAD_REQUEST, message, param));
    }

    /** Where a field of the candidate's own request stands in the race's. */
    private static String within(String candidate, @Nullable String param) {
        if (param == null || param.equals("method")) {
            return candidate;
        }
        if (param.startsWith("method.")) {
            return candidate + param.substring("method".length());
        }
        return param.startsWith("training.") ? candidate + "." + param : param;
    }

    /** A candidate's exception as the race's own. */
    static JobException within(int number, Candidate candidate, JobException e) {
        String param = "method.candidates[%d]".formatted(number);
        String message = String.valueOf(e.getMessage());
        return new JobException(
                e.code(), within(param, e.param()), "candidate %s: %s".formatted(candidate.label(), message), e);
    }
}
