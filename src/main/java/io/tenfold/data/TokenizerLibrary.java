package io.tenfold.data;

import ai.djl.engine.EngineException;
import ai.djl.huggingface.tokenizers.jni.LibUtils;
import ai.djl.util.Platform;
import ai.djl.util.Utils;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import java.nio.file.Path;

/**
 * The tokenizers' native library as this process found it.
 *
 * @param version of tokenizers and of DJL, such as {@code 0.21.0-0.35.1}
 * @param folder where it was asked for: it, or a folder in it, holds the library
 */
public record TokenizerLibrary(String version, Path folder) {

    /** @throws JobException out_of_resources when it can't be loaded, with the way out */
    public static TokenizerLibrary load() {
        try {
            LibUtils.checkStatus();
        } catch (EngineException | LinkageError e) {
            throw new JobException(
                    ErrorCode.OUT_OF_RESOURCES,
                    null,
                    ("the tokenizers' library can't be loaded: %s; fill the folder that DJL_CACHE_DIR names (default: ~/.djl.ai)"
                                    + " once, where it can be written, or name the file in RUST_LIBRARY_PATH")
                            .formatted(e.getCause() == null ? e : e.getCause()),
                    e);
        }
        String told = Utils.getEnvOrSystemProperty("RUST_LIBRARY_PATH");
        return new TokenizerLibrary(
                Platform.detectPlatform("tokenizers").getVersion(),
                told == null ? Utils.getEngineCacheDir("tokenizers") : Path.of(told));
    }
}
