package io.tenfold.web;

import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobError;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Ends a call with a problem. */
final class ProblemException extends RuntimeException {

    private static final long serialVersionUID = 1;

    private final transient Problem problem;

    ProblemException(Problem problem) {
        super(problem.detail(), null, false, false);
        this.problem = problem;
    }

    static ProblemException of(List<JobError> errors) {
        return new ProblemException(Problem.of(errors));
    }

    static ProblemException of(ErrorCode code, @Nullable String param, String message) {
        return new ProblemException(Problem.of(code, param, message));
    }

    static ProblemException unknownJob(String id) {
        return new ProblemException(Problem.plain(
                404, "there is no job %s; a new one shows up as soon as intake has seen its request".formatted(id)));
    }

    Problem problem() {
        return problem;
    }
}
