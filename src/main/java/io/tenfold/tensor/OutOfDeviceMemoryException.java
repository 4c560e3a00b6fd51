package io.tenfold.tensor;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The device has no memory left for an array; the step can be given up without losing the process. */
public final class OutOfDeviceMemoryException extends TensorException {

    private static final Pattern GPU_ASKED = Pattern.compile("Tried to allocate ([0-9.]+) ([KMGT]?i?B|bytes)");
    private static final Pattern GPU_FREE = Pattern.compile("of which ([0-9.]+) ([KMGT]?i?B|bytes) is free");
    private static final Pattern CPU_ASKED = Pattern.compile("tried to allocate ([0-9]+) (bytes)");

    private final long askedBytes;
    private final long freeBytes;

    OutOfDeviceMemoryException(String message, Throwable cause) {
        super(message, cause);
        long onGpu = bytes(GPU_ASKED, message);
        askedBytes = onGpu >= 0 ? onGpu : bytes(CPU_ASKED, message);
        freeBytes = bytes(GPU_FREE, message);
    }

    /** Whether PyTorch's message speaks of memory. */
    public static boolean speaksOfMemory(String message) {
        return message.contains("out of memory")
                || message.contains("can't allocate memory")
                || message.contains("not enough memory");
    }

    /** The size of the array that did not fit, in bytes; -1 where PyTorch does not say. */
    public long askedBytes() {
        return askedBytes;
    }

    /** What was free on the device, in bytes; -1 where PyTorch does not say. */
    public long freeBytes() {
        return freeBytes;
    }

    private static long bytes(Pattern pattern, String message) {
        Matcher matcher = pattern.matcher(message);
        if (!matcher.find()) {
            return -1;
        }
        double unit =
                switch (matcher.group(2).charAt(0)) {
                    case 'K' -> 0x1p10;
                    case 'M' -> 0x1p20;
                    case 'G' -> 0x1p30;
                    case 'T' -> 0x1p40;
                    default -> 1;
                };
        return Math.round(Double.parseDouble(matcher.group(1)) * unit);
    }
}
