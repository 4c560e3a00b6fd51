package io.tenfold.method.distillation;

import io.tenfold.checkpoint.SafetensorsReader;
import io.tenfold.data.TextTokenizer;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import io.tenfold.method.ArtifactModels;
import io.tenfold.method.distillation.DistillationConfig.TeacherOptions;
import io.tenfold.model.common.ModelSizes;
import io.tenfold.model.family.Models;
import io.tenfold.train.HeadFiles;
import io.tenfold.train.Inputs;
import io.tenfold.train.StageOutcome;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A teacher's files on this machine.
 *
 * @param base of an adapter; null: a whole model
 * @param options that name the teacher, for messages
 */
record TeacherFiles(Path folder, @Nullable Path base, TeacherOptions options) {

    /**
     * The teacher's files.
     *
     * @param done the stages before; the first has tuned the teacher where the options say so
     */
    static TeacherFiles of(TeacherOptions options, Inputs job, List<StageOutcome> done, ArtifactModels models) {
        if (options.train() == null || done.isEmpty()) {
            return new TeacherFiles(
                    job.folder(options.option()), job.folders().get(options.option() + ".base"), options);
        }
        Path tuned = done.getFirst().folder();
        boolean whole = models.baseLocation(tuned).isEmpty();
        return new TeacherFiles(tuned, whole ? null : job.folder(options.option()), options);
    }

    /** Where config and tokenizer lie. */
    Path model() {
        return base == null ? folder : base;
    }

    /** The sizes of the model. */
    ModelSizes sizes() {
        return named(() -> Models.sizes(model()));
    }

    /** The bytes of all weights. */
    long bytes() {
        return bytes(folder) + (base == null ? 0 : bytes(base));
    }

    /** The bytes of the weights in a folder. */
    static long bytes(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(".safetensors"))
                    .mapToLong(file -> file.toFile().length())
                    .sum();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Refuses what can't teach whatever the task: an artifact without a head for rows, other words.
     *
     * @param own the student's tokenizer, which makes the rows for both
     */
    void check(TextTokenizer own) {
        if (Files.exists(folder.resolve("prompt.json"))) {
            throw bad("%s is a hard prompt, which reads rows within templates; give a teacher with a head"
                    .formatted(options.location()));
        }
        if (HeadFiles.areIn(folder) || Files.isDirectory(folder.resolve("adapters"))) {
            throw bad("%s is for several tasks or domains; give a teacher for one".formatted(options.location()));
        }
        try (TextTokenizer theirs = named(() -> TextTokenizer.open(model(), options.location()))) {
            String token = own.firstDifference(theirs);
            if (token != null) {
                throw bad(
                        "the teacher %s has another vocabulary than the student: the token %s is number %d of the teacher's and %d of the student's (-1: it is not there); both read the same rows, so take a teacher and a student with one tokenizer"
                                .formatted(options.location(), token, theirs.id(token), own.id(token)));
            }
        }
    }

    /** All tensors of a whole model. */
    SafetensorsReader tensors() {
        return named(() -> SafetensorsReader.openModel(folder));
    }

    /** Errors of opening the teacher's files name the option that they are from. */
    <T> T named(Supplier<T> work) {
        try {
            return work.get();
        } catch (JobException e) {
            throw e.code() == ErrorCode.BAD_MODEL
                    ? new JobException(e.code(), options.param(), String.valueOf(e.getMessage()), e)
                    : e;
        }
    }

    /** @return bad_model that names the teacher */
    JobException bad(String message) {
        return new JobException(ErrorCode.BAD_MODEL, options.param(), message);
    }
}
