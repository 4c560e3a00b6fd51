package io.tenfold.tensor;

import ai.djl.Device;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValueUtils;
import ai.djl.pytorch.jni.JniUtils;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * Calls the methods of {@code ops.py}. DJL's JNI face has no attention, cross-entropy or fused optimiser, but it runs
 * TorchScript, and a method that runs in training mode records gradients like any other operation.
 */
final class Bridge {

    private final NDManager manager;
    private final PtSymbolBlock block;
    private final ConcurrentHashMap<String, NDArray> methods = new ConcurrentHashMap<>();
    private final ConcurrentHashMap<Double, NDArray> scalars = new ConcurrentHashMap<>();

    private Bridge() {
        manager = NDManager.newBaseManager(Device.cpu(), "PyTorch");
        block = load();
    }

    private static final class Holder {
        static final Bridge BRIDGE = new Bridge();
    }

    static Bridge get() {
        return Holder.BRIDGE;
    }

    /** The result belongs to the manager of the first argument. */
    NDArray call(String method, NDArray... arguments) {
        return call(method, new NDList(), arguments);
    }

    /** The arrays come first in the method's signature, then the lists: see {@link #list}. */
    NDArray call(String method, NDList lists, NDArray... arguments) {
        return forward(method, lists, arguments).singletonOrThrow();
    }

    /** A method that returns a list; its arrays belong to the manager of the first argument. */
    NDList callForList(String method, NDArray... arguments) {
        return forward(method, new NDList(), arguments);
    }

    private NDList forward(String method, NDList lists, NDArray... arguments) {
        NDList all = new NDList(arguments.length + lists.size() + 1);
        for (NDArray argument : arguments) {
            argument.setName(null);
            all.add(argument);
        }
        all.addAll(lists);
        all.add(methods.computeIfAbsent(method, this::name));
        // The profiling executor would plan anew as shapes come and go, and a resumed run would have another plan than
        // the one that never stopped: other last bits. The flag belongs to the thread, so it is set with each call.
        JniUtils.setGraphExecutorOptimize(false);
        return guarded(() -> IValueUtils.forward(block, all, true));
    }

    /** Adds arrays as one {@code List[Tensor]} argument; {@code name} only tells the lists of a call apart. */
    static void list(NDList lists, String name, List<NDArray> arrays) {
        for (NDArray array : arrays) {
            array.setName(name + "[]");
            lists.add(array);
        }
    }

    /** A number as an argument; kept, since a model uses few of them. */
    NDArray scalar(double value) {
        return scalars.computeIfAbsent(value, manager::create);
    }

    /** A number that changes with every step: the caller closes it. */
    NDArray passing(double value) {
        return manager.create(value);
    }

    static <T> T guarded(Supplier<T> work) {
        try {
            return work.get();
        } catch (EngineException e) {
            String message = String.valueOf(e.getMessage());
            if (OutOfDeviceMemoryException.speaksOfMemory(message)) {
                throw new OutOfDeviceMemoryException(message, e);
            }
            throw new TensorException(message, e);
        }
    }

    private NDArray name(String method) {
        NDArray array = manager.create(0);
        array.setName("module_method:" + method);
        return array;
    }

    private PtSymbolBlock load() {
        try (InputStream source = Bridge.class.getResourceAsStream("ops.py")) {
            if (source == null) {
                throw new IllegalStateException("ops.py is missing beside " + Bridge.class);
            }
            Path file = Files.createTempFile("tenfold-ops", ".pt");
            try {
                Files.write(file, TorchScriptArchive.of("Ops", source.readAllBytes()));
                return JniUtils.loadModule((PtNDManager) manager, file, true, new String[0], new String[0], true);
            } finally {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("can't load ops.py", e);
        }
    }
}
