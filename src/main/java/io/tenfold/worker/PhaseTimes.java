package io.tenfold.worker;

import java.util.LinkedHashMap;
import java.util.Map;

/** Seconds by phase. */
final class PhaseTimes {

    private final long start = System.nanoTime();
    private final Map<String, Double> seconds = new LinkedHashMap<>();
    private long phaseStart = start;

    long startNanos() {
        return start;
    }

    /** The phase since the last one ended is over. */
    void end(String phase) {
        end(phase, 0);
    }

    /** @param besides seconds within it that count elsewhere */
    void end(String phase, double besides) {
        long now = System.nanoTime();
        put(phase, (now - phaseStart) / 1e9 - besides);
        phaseStart = now;
    }

    void put(String phase, double value) {
        seconds.put(phase, Math.round(value * 1e3) / 1e3);
    }

    /** Seconds since the beginning. */
    double total() {
        return Math.round((System.nanoTime() - start) / 1e6) / 1e3;
    }

    /** All so far, and their {@code total}. */
    Map<String, Double> all() {
        Map<String, Double> all = new LinkedHashMap<>(seconds);
        all.put("total", total());
        return all;
    }
}
