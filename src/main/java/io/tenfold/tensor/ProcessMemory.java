package io.tenfold.tensor;

import java.io.IOException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** This process's memory as the Linux kernel counts it, in bytes; 0 where there is no {@code /proc}. */
final class ProcessMemory {

    private static final Path STATUS = Path.of("/proc/self/status");
    private static final Path CLEAR_REFS = Path.of("/proc/self/clear_refs");

    private static final @Nullable MethodHandle TRIM = mallocTrim();

    private ProcessMemory() {}

    static long resident() {
        return line("VmRSS:");
    }

    static long peak() {
        return line("VmHWM:");
    }

    /** Starts the peak anew at what is resident now (proc(5), clear_refs 5), so that it is a job's and not the process's. */
    static void resetPeak() {
        try {
            Files.writeString(CLEAR_REFS, "5");
        } catch (IOException e) {
            // Not Linux, or not allowed: the peak stays the process's.
        }
    }

    /** Gives freed memory back to the system, which glibc else keeps in pieces too small for the next array; elsewhere nothing. */
    static void trim() {
        if (TRIM != null) {
            try {
                int _ = (int) TRIM.invokeExact(0L);
            } catch (Throwable e) {
                throw new IllegalStateException("malloc_trim can't be called", e);
            }
        }
    }

    @SuppressWarnings("restricted")
    private static @Nullable MethodHandle mallocTrim() {
        Linker linker = Linker.nativeLinker();
        return linker.defaultLookup()
                .find("malloc_trim")
                .map(address -> linker.downcallHandle(
                        address, FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG)))
                .orElse(null);
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
