package io.tenfold.tensor;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.jni.JniUtils;
import ai.djl.util.cuda.CudaUtils;

/**
 * The device that a job runs on, and the manager of everything that lives as long as the job. One thread uses it: a
 * platform thread, since recording and its plan belong to the thread.
 */
public final class Backend implements AutoCloseable {

    private final Device device;
    private final NDManager manager;
    private final int threads;
    private long peakBytes;

    private Backend(Device device, int threads) {
        this.device = device;
        this.threads = threads;
        manager = NDManager.newBaseManager(device, "PyTorch");
        ProcessMemory.resetPeak();
    }

    /**
     * Opens a device.
     *
     * @param device {@code auto} (the first GPU that DJL finds, else the CPU), {@code cpu} or {@code cuda:n}
     * @param threads for products on the CPU; 0 leaves PyTorch's choice, the number of cores
     * @throws TensorException when there is no such device
     */
    public static Backend open(String device, int threads) {
        Engine engine = Engine.getEngine("PyTorch");
        if (threads > 0) {
            JniUtils.setNumThreads(threads);
        }
        return new Backend(find(device, engine.getGpuCount()), JniUtils.getNumThreads());
    }

    private static Device find(String name, int gpus) {
        if (name.equals("auto")) {
            return gpus > 0 ? Device.gpu(0) : Device.cpu();
        }
        if (name.equals("cpu")) {
            return Device.cpu();
        }
        if (name.matches("cuda(:\\d{1,4})?")) {
            int number = name.equals("cuda") ? 0 : Integer.parseInt(name.substring(5));
            if (number < gpus) {
                return Device.gpu(number);
            }
            throw new TensorException(
                    "device %s is not here: PyTorch sees %d GPUs; use cpu or auto".formatted(name, gpus));
        }
        throw new TensorException("device is %s; it must be auto, cpu or cuda:0, cuda:1, …".formatted(name));
    }

    /** What lives as long as the backend: weights, the optimiser's state. */
    public NDManager manager() {
        return manager;
    }

    /** A manager for one step: what is made in it is freed when it closes. */
    public NDManager scope() {
        return manager.newSubManager();
    }

    public Device device() {
        return device;
    }

    public boolean isGpu() {
        return device.isGpu();
    }

    /** The device's name as it stands in configuration and events: {@code cpu} or {@code cuda:0}. */
    public String name() {
        return device.isGpu() ? "cuda:" + device.getDeviceId() : "cpu";
    }

    /** CPU threads for one operation. */
    public int threads() {
        return threads;
    }

    /**
     * How many tokens a pass of training takes at most; a step of more makes several, whose gradients add up. On the CPU more
     * at once takes memory and brings next to no speed; a GPU takes a batch whole.
     */
    public int tokensAtOnce() {
        return device.isGpu() ? Integer.MAX_VALUE : 1024;
    }

    /** Sets the random state of a step, so that a resumed job draws what one that never stopped would have drawn. */
    public void seed(long seed, long step) {
        JniUtils.setSeed(mix(mix(seed) + step));
    }

    /** SplitMix64 (Steele et al. 2014): neighbouring seeds and steps give unrelated states. */
    private static long mix(long number) {
        long z = number + 0x9E3779B97F4A7C15L;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return (z ^ (z >>> 31)) >>> 1;
    }

    /** Memory in use, in bytes: the GPU's, or the process's resident memory. */
    public long memoryInUse() {
        long used = device.isGpu() ? CudaUtils.getGpuMemory(device).getCommitted() : ProcessMemory.resident();
        peakBytes = Math.max(peakBytes, used);
        return used;
    }

    /** Begins anew with {@link #peakMemory}. */
    public void resetPeak() {
        peakBytes = 0;
        ProcessMemory.trim();
        ProcessMemory.resetPeak();
    }

    /** The most memory seen in use, in bytes: on the CPU the process's peak since {@link #resetPeak}, on a GPU the most that was ever asked. */
    public long peakMemory() {
        long used = memoryInUse();
        return device.isGpu() ? Math.max(peakBytes, used) : ProcessMemory.peak();
    }

    @Override
    public void close() {
        manager.close();
    }
}
