package io.tenfold.telemetry;

import com.sun.management.OperatingSystemMXBean;
import io.quarkus.scheduler.Scheduled;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * How busy the device is on which this process trains: of CPUs this process's share of them all, of a GPU what the driver's
 * {@code nvidia-smi} tells. Not a number where nobody knows.
 */
@ApplicationScoped
public class DeviceUse {

    private static final Logger LOG = Logger.getLogger(DeviceUse.class);

    private static final String CUDA = "cuda:";
    private static final double PERCENT = 100;
    private static final int LONGEST_ANSWER_SECONDS = 5;

    private volatile @Nullable String device;
    private volatile double share;
    private long processNanos;
    private long lookedAt;
    private boolean unknown;

    /** An attempt trains on this device, such as {@code cuda:0}, until {@link #free}. */
    synchronized void inUse(String name) {
        device = name;
        processNanos = processNanos();
        lookedAt = System.nanoTime();
    }

    void free() {
        device = null;
        share = 0;
    }

    /** From 0 to 1, at the last look; 0 when no attempt runs. */
    double share() {
        return share;
    }

    @Scheduled(every = "15s", concurrentExecution = Scheduled.ConcurrentExecution.SKIP)
    synchronized void look() {
        String now = device;
        if (now != null) {
            double found = now.startsWith(CUDA) ? gpu(now.substring(CUDA.length())) : cpu();
            share = device == null ? 0 : found;
        }
    }

    /** Since the last look, of all processors; the system's own share would be nobody's who asks after somebody else. */
    private double cpu() {
        long used = processNanos() - processNanos;
        long passed = System.nanoTime() - lookedAt;
        processNanos += used;
        lookedAt += passed;
        return Math.min(
                1, (double) used / Math.max(1, passed * Runtime.getRuntime().availableProcessors()));
    }

    private static long processNanos() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system
                ? system.getProcessCpuTime()
                : 0;
    }

    private double gpu(String number) {
        if (unknown) {
            return Double.NaN;
        }
        try {
            return share(ask(number));
        } catch (IOException | NumberFormatException e) {
            unknown = true;
            LOG.infof("how busy the GPU is can't be told: %s", e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return Double.NaN;
    }

    private static String ask(String number) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        "nvidia-smi", "-i", number, "--query-gpu=utilization.gpu", "--format=csv,noheader,nounits")
                .redirectErrorStream(true)
                .start();
        if (!process.waitFor(LONGEST_ANSWER_SECONDS, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new IOException("nvidia-smi does not answer");
        }
        return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    /** @param answer a percentage, such as {@code 97} */
    static double share(String answer) {
        return Double.parseDouble(answer.strip()) / PERCENT;
    }
}
