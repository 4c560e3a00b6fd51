package io.tenfold.localstack;

/** Ends {@code up} or {@code demo} with a message for the person who typed it; no stack trace is shown. */
final class StackProblem extends RuntimeException {

    StackProblem(String message) {
        super(message);
    }
}
