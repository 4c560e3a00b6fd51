package io.tenfold.train;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tenfold.data.TokenizerLibrary;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobError;
import io.tenfold.job.JobException;
import io.tenfold.tensor.PyTorch;
import io.tenfold.tensor.TensorException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * What a job would train with here.
 *
 * @param pytorch null where it can't be used
 * @param tokenizers null where they can't be used
 * @param problems why something is null
 */
public record Machine(@Nullable PyTorch pytorch, @Nullable TokenizerLibrary tokenizers, List<JobError> problems) {

    /**
     * Loads PyTorch and tokenizers, and tries the device.
     *
     * @param device {@code auto}, {@code cpu} or {@code cuda:n}
     * @param threads of the CPU; 0: one a core
     */
    public static Machine look(String device, int threads) {
        List<JobError> problems = new ArrayList<>();
        PyTorch pytorch = null;
        TokenizerLibrary tokenizers = null;
        try {
            PyTorch.load();
            pytorch = onDevice(device, threads, problems);
        } catch (TensorException e) {
            problems.add(new JobError(ErrorCode.OUT_OF_RESOURCES, String.valueOf(e.getMessage()), null));
        }
        try {
            tokenizers = TokenizerLibrary.load();
        } catch (JobException e) {
            problems.add(e.error());
        }
        return new Machine(pytorch, tokenizers, List.copyOf(problems));
    }

    private static @Nullable PyTorch onDevice(String device, int threads, List<JobError> problems) {
        try {
            return PyTorch.on(device, threads);
        } catch (TensorException e) {
            problems.add(new JobError(ErrorCode.OUT_OF_RESOURCES, String.valueOf(e.getMessage()), "tenfold.device"));
            return null;
        }
    }

    /** What was found, as JSON: {@code pytorch}, {@code tokenizers}, {@code gpus}, {@code device}, {@code threads}. */
    public ObjectNode facts() {
        ObjectNode facts = JsonNodeFactory.instance.objectNode();
        if (pytorch != null) {
            facts.putObject("pytorch")
                    .put("version", pytorch.version())
                    .put("flavor", pytorch.flavor())
                    .put("folder", pytorch.folder().toString());
            ArrayNode gpus = facts.putArray("gpus");
            for (PyTorch.Gpu gpu : pytorch.gpus()) {
                gpus.addObject()
                        .put("number", gpu.number())
                        .put("compute_capability", gpu.capability())
                        .put("total_bytes", gpu.totalBytes())
                        .put("free_bytes", gpu.freeBytes());
            }
            facts.put("device", pytorch.device()).put("threads", pytorch.threads());
        }
        if (tokenizers != null) {
            facts.putObject("tokenizers")
                    .put("version", tokenizers.version())
                    .put("folder", tokenizers.folder().toString());
        }
        return facts;
    }

    /** The same for a reader: what each part is, under its name. */
    public SequencedMap<String, String> lines() {
        SequencedMap<String, String> lines = new LinkedHashMap<>();
        if (pytorch != null) {
            lines.put("PyTorch", "%s (%s) in %s".formatted(pytorch.version(), pytorch.flavor(), pytorch.folder()));
        }
        if (tokenizers != null) {
            lines.put("tokenizers", "%s in %s".formatted(tokenizers.version(), tokenizers.folder()));
        }
        if (pytorch != null) {
            lines.put("GPUs", String.valueOf(pytorch.gpus().size()));
            for (PyTorch.Gpu gpu : pytorch.gpus()) {
                lines.put("cuda:" + gpu.number(), described(gpu));
            }
            lines.put("device", pytorch.device());
            lines.put("threads", String.valueOf(pytorch.threads()));
        }
        return lines;
    }

    private static String described(PyTorch.Gpu gpu) {
        return "compute capability %s, %d MiB of memory, %d MiB free"
                .formatted(gpu.capability(), gpu.totalBytes() >> 20, gpu.freeBytes() >> 20);
    }
}
