package io.tenfold.tensor;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.jni.LibUtils;
import ai.djl.util.Platform;
import ai.djl.util.Utils;
import ai.djl.util.cuda.CudaUtils;
import java.lang.management.MemoryUsage;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;

/**
 * PyTorch as this process found it.
 *
 * @param version such as {@code 2.7.1}
 * @param flavor {@code cpu}, or the CUDA it was built for, such as {@code cu128}
 * @param folder where its libraries lie
 * @param device what the setting means here: {@code cpu} or {@code cuda:n}
 * @param threads of one operation on the CPU
 */
public record PyTorch(String version, String flavor, Path folder, String device, int threads, List<Gpu> gpus) {

    private static final String WAY_OUT = """
            fill the folder that DJL_CACHE_DIR names (default: ~/.djl.ai) once, where it can be written, or name an installed \
            PyTorch 2.7.1 in PYTORCH_LIBRARY_PATH and its flavor (cpu or cu128) in PYTORCH_FLAVOR""";

    private static final String DRIVER =
            "this PyTorch is made for CUDA and the NVIDIA driver is not here: give it a GPU (nvidia.com/gpu), or take PyTorch for CPUs";

    /**
     * A GPU that CUDA sees.
     *
     * @param capability its compute capability, such as {@code 90}
     * @param freeBytes what no process holds
     */
    public record Gpu(int number, String capability, long totalBytes, long freeBytes) {

        private static Gpu of(int number) {
            MemoryUsage memory = CudaUtils.getGpuMemory(Device.gpu(number));
            return new Gpu(
                    number,
                    CudaUtils.getComputeCapability(number),
                    memory.getMax(),
                    memory.getMax() - memory.getCommitted());
        }
    }

    /**
     * Loads the libraries.
     *
     * @throws TensorException when one is missing, with the way out
     */
    public static void load() {
        loaded();
    }

    /**
     * Opens the device and computes a product on it, so that whatever is missing is missed now.
     *
     * @param device as in {@link Backend#open}
     * @param threads as in {@link Backend#open}
     * @throws TensorException when the device is not there or can't compute
     */
    public static PyTorch on(String device, int threads) {
        int gpus = loaded().getGpuCount();
        try (Backend backend = Backend.open(device, threads)) {
            tryOut(backend.manager());
            return new PyTorch(
                    LibUtils.getVersion(),
                    flavorHere(),
                    Path.of(LibUtils.getLibtorchPath()),
                    backend.name(),
                    backend.threads(),
                    IntStream.range(0, gpus).mapToObj(Gpu::of).toList());
        } catch (EngineException e) {
            throw new TensorException("PyTorch can't compute on %s: %s".formatted(device, rootOf(e)), e);
        }
    }

    private static Engine loaded() {
        try {
            return Engine.getEngine("PyTorch");
        } catch (EngineException | LinkageError e) {
            Throwable root = rootOf(e);
            String wayOut = String.valueOf(root.getMessage()).contains("libcuda.so") ? DRIVER : WAY_OUT;
            throw new TensorException("PyTorch can't be loaded: %s; %s".formatted(root, wayOut), e);
        }
    }

    private static void tryOut(NDManager manager) {
        try (NDArray ones = manager.ones(new Shape(2, 2));
                NDArray product = ones.matMul(ones);
                NDArray sum = product.sum()) {
            if (sum.getFloat() != 8) {
                throw new TensorException("PyTorch says that a product is %s, and it is 8".formatted(sum.getFloat()));
            }
        }
    }

    /** As DJL decides: the environment's word, else that of the library on the class path. */
    private static String flavorHere() {
        String told = Utils.getEnvOrSystemProperty("PYTORCH_FLAVOR");
        return told == null || told.isEmpty()
                ? Platform.detectPlatform("pytorch").getFlavor()
                : told;
    }

    private static Throwable rootOf(Throwable problem) {
        Throwable root = problem;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return root;
    }
}
