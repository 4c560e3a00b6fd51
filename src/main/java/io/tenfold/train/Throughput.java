package io.tenfold.train;

/** Counts rows and tokens over the time that steps take, nothing else; the first two steps warm up and do not count. */
final class Throughput {

    private static final int WARM_UP_STEPS = 2;

    private long steps;
    private long rows;
    private long tokens;
    private long nanos;

    void add(long stepRows, long stepTokens, long stepNanos) {
        if (steps++ >= WARM_UP_STEPS) {
            rows += stepRows;
            tokens += stepTokens;
            nanos += stepNanos;
        }
    }

    double examplesPerSecond() {
        return perSecond(rows);
    }

    double tokensPerSecond() {
        return perSecond(tokens);
    }

    /** Seconds that a step takes; 0 before it is known. */
    double secondsPerStep() {
        return steps > WARM_UP_STEPS ? nanos / 1e9 / (steps - WARM_UP_STEPS) : 0;
    }

    private double perSecond(long count) {
        return nanos == 0 ? 0 : count * 1e9 / nanos;
    }
}
