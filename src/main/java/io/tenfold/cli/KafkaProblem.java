package io.tenfold.cli;

import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.TimeoutException;

/** What a client's error means to the person who typed the command. */
final class KafkaProblem {

    private KafkaProblem() {}

    static CommandProblem of(String bootstrap, Throwable problem) {
        return new CommandProblem(
                ExitStatus.JOB_FAILED,
                isTimeout(problem)
                        ? "no broker answers at %s; is the system up ('./tenfold up'), and is --kafka right?"
                                .formatted(bootstrap)
                        : "the broker at %s refused: %s".formatted(bootstrap, reason(problem)));
    }

    /** Kafka's clients say what is wrong in the cause, where there is one. */
    private static String reason(Throwable problem) {
        Throwable cause = problem.getCause();
        return cause == null ? String.valueOf(problem.getMessage()) : problem.getMessage() + ": " + cause.getMessage();
    }

    private static boolean isTimeout(Throwable problem) {
        return problem instanceof TimeoutException
                || (problem instanceof KafkaException && problem.getCause() instanceof TimeoutException);
    }
}
