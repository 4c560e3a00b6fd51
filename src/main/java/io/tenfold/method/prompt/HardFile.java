package io.tenfold.method.prompt;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tenfold.checkpoint.JsonFile;
import io.tenfold.checkpoint.OtherBase;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import io.tenfold.model.Network;
import io.tenfold.train.Inputs;
import io.tenfold.train.ModelFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * {@code prompt.json}: all that a hard prompt is besides the model.
 *
 * @param kind {@code hard}
 * @param base where the model lies; null: in the same folder
 * @param hiddenSize of the model
 * @param layers of the model
 * @param labels in the order of their numbers
 * @param templates those that were kept; of several, the mean probability counts
 * @param verbalizer the labels' words
 * @param calibration for each template and label the words' probabilities for inputs without content, in the words' order;
 *     null: not calibrated
 * @param scores what every template scored on the validation rows
 */
record HardFile(
        @JsonProperty("kind") String kind,
        @JsonProperty("base_model_name_or_path") @Nullable String base,
        @JsonProperty("token_dim") @Nullable Integer hiddenSize,
        @JsonProperty("num_layers") @Nullable Integer layers,
        @JsonProperty("labels") List<String> labels,
        @JsonProperty("templates") List<String> templates,
        @JsonProperty("verbalizer") Map<String, List<String>> verbalizer,

        @JsonProperty("calibration") @Nullable List<Map<String, List<Double>>> calibration,

        @JsonProperty("scores") List<Map<String, Object>> scores) {

    static final String NAME = "prompt.json";

    private static final String KIND = "hard";
    private static final ObjectMapper JSON =
            new ObjectMapper().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

    /** What is to be published of a model with its weights as they are. */
    static HardFile of(HardConfig config, HardModel model, HardSelection selection) {
        List<float[]> free = selection.withoutContent();
        List<Map<String, List<Double>>> calibration = null;
        if (free != null) {
            calibration = selection.kept().stream()
                    .map(template -> byLabel(free.get(template), model.verbalizer()))
                    .toList();
        }
        return new HardFile(
                KIND,
                null,
                model.network().hiddenSize(),
                model.network().layers(),
                model.verbalizer().labels(),
                selection.kept().stream().map(config.templates()::get).toList(),
                config.verbalizer(),
                calibration,
                selection.scores());
    }

    private static Map<String, List<Double>> byLabel(float[] logarithms, Verbalizer verbalizer) {
        Map<String, List<Double>> byLabel = new LinkedHashMap<>();
        verbalizer.labels().forEach(label -> byLabel.put(label, new ArrayList<>()));
        for (int i : verbalizer.asGiven()) {
            String label = verbalizer.labels().get(verbalizer.words().get(i).label());
            byLabel.computeIfAbsent(label, _ -> new ArrayList<>()).add(Math.exp(logarithms[i]));
        }
        return byLabel;
    }

    /** The calibration as {@link HardModel#withoutContent} gives it; null where there is none. */
    @Nullable
    List<float[]> withoutContent(Verbalizer verbalizer) {
        if (calibration == null) {
            return null;
        }
        List<float[]> free = new ArrayList<>();
        for (Map<String, List<Double>> template : calibration) {
            float[] logarithms = new float[verbalizer.words().size()];
            Map<String, Integer> next = new LinkedHashMap<>();
            for (int i : verbalizer.asGiven()) {
                String label = verbalizer.labels().get(verbalizer.words().get(i).label());
                int place = next.merge(label, 1, Integer::sum) - 1;
                logarithms[i] =
                        (float) Math.log(template.getOrDefault(label, List.of()).get(place));
            }
            free.add(logarithms);
        }
        return free;
    }

    /** @param trained the model that goes with it; null: the job's own, untouched */
    void write(Path folder, Inputs inputs, @Nullable Network trained) {
        if (trained != null) {
            ModelFiles.write(folder, trained, inputs.tokenizer());
        }
        String location = trained == null ? inputs.request().model() : null;
        HardFile written =
                new HardFile(kind, location, hiddenSize, layers, labels, templates, verbalizer, calibration, scores);
        try {
            Files.createDirectories(folder);
            JSON.writerWithDefaultPrettyPrinter()
                    .writeValue(folder.resolve(NAME).toFile(), written);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Checks that the model is such a one as the prompt was chosen on; a prompt without training goes with no weights that
     * could tell.
     *
     * @throws JobException bad_model
     */
    void checkFits(Path artifact, Network network) {
        checkFits(artifact, "token_dim", hiddenSize, network.hiddenSize());
        checkFits(artifact, "num_layers", layers, network.layers());
    }

    private static void checkFits(Path artifact, String name, @Nullable Integer size, int needed) {
        if (size != null && size != needed) {
            throw OtherBase.refused(
                    artifact.resolve(NAME).toString(),
                    "it has %s %d; the base model needs %d".formatted(name, size, needed));
        }
    }

    /** Whether a folder has such a file. */
    static boolean isIn(Path artifact) {
        return Files.exists(artifact.resolve(NAME));
    }

    /**
     * Reads one.
     *
     * @throws JobException bad_model where it can't be understood
     */
    static HardFile read(Path artifact) {
        Path path = artifact.resolve(NAME);
        try {
            HardFile file = JSON.treeToValue(JsonFile.read(path), HardFile.class);
            file.check(path);
            return file;
        } catch (IOException e) {
            throw bad(path, "can't be read: " + e.getMessage());
        }
    }

    @SuppressWarnings("NullAway") // Jackson fills what the file leaves out with null.
    private void check(Path path) {
        if (!KIND.equals(kind) || labels == null || templates == null || verbalizer == null) {
            throw bad(path, "is no hard prompt's; it must have kind hard, labels, templates and a verbalizer");
        }
        if (labels.size() < 2 || templates.isEmpty()) {
            throw bad(path, "has too few labels or no template");
        }
        for (String label : labels) {
            List<String> words = verbalizer.get(label);
            if (words == null || words.isEmpty() || words.stream().anyMatch(word -> word == null || word.isBlank())) {
                throw bad(path, "has no words for the label %s, or an empty one".formatted(label));
            }
        }
        for (String template : templates) {
            if (template == null || !Template.problem(template).isEmpty()) {
                throw bad(path, "\"%s\" %s".formatted(template, Template.problem(String.valueOf(template))));
            }
        }
        if (calibration != null
                && (calibration.size() != templates.size()
                        || !calibration.stream().allMatch(this::fits))) {
            throw bad(path, "has a calibration that does not fit templates and words");
        }
    }

    private boolean fits(Map<String, List<Double>> ofTemplate) {
        return labels.stream()
                .allMatch(label -> ofTemplate.getOrDefault(label, List.of()).size()
                        == verbalizer.getOrDefault(label, List.of()).size());
    }

    private static JobException bad(Path path, String what) {
        return new JobException(ErrorCode.BAD_MODEL, null, "%s %s".formatted(path, what));
    }
}
