package io.tenfold.cli;

/** What the program's exit code says. */
final class ExitStatus {

    static final int DONE = 0;
    static final int JOB_FAILED = 1;
    static final int WRONG_REQUEST = 2;
    static final int INTERRUPTED = 130;

    private ExitStatus() {}
}
