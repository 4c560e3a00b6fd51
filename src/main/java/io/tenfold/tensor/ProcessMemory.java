package io.tenfold.tensor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** This process's memory as the Linux kernel counts it, in bytes; 0 where there is no {@code /proc}. */
final class ProcessMemory {

    private static final Path STATUS = Path.of("/proc/self/status");

    private ProcessMemory() {}

    static long resident() {
        return line("VmRSS:");
    }

    static long peak() {
        return line("VmHWM:");
    }

    private static long line(String key) {
        try {
            for (String line : Files.readAllLines(STATUS)) {
                if (line.startsWith(key)) {
                    return 1024 * Long.parseLong(line.replaceAll("\\D", ""));
                }
            }
        } catch (IOException e) {
            return 0; // not Linux
        }
        return 0;
    }
}
