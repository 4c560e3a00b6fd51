package io.tenfold.cli;

/** Ends a command with a message for the person who typed it and an exit code; no stack trace is shown. */
final class CommandProblem extends RuntimeException {

    private final int exitStatus;

    CommandProblem(int exitStatus, String message) {
        super(message);
        this.exitStatus = exitStatus;
    }

    /** The request or the command line is wrong. */
    static CommandProblem wrongRequest(String message) {
        return new CommandProblem(ExitStatus.WRONG_REQUEST, message);
    }

    int exitStatus() {
        return exitStatus;
    }
}
