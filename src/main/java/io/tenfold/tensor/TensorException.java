package io.tenfold.tensor;

import org.jspecify.annotations.Nullable;

/** PyTorch refused something, or a caller asked for what can't be (a device that is not there, a wrong shape). */
public class TensorException extends RuntimeException {

    public TensorException(String message) {
        this(message, null);
    }

    public TensorException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
