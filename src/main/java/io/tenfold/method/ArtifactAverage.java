package io.tenfold.method;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tenfold.checkpoint.HubFiles;
import io.tenfold.checkpoint.JsonFile;
import io.tenfold.checkpoint.PeftFiles;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import io.tenfold.tensor.Backend;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Averages artifacts of one kind and one shape tensor by tensor, as {@code adapters}' {@code average_adapter} does with its
 * strategy {@code linear}, and their heads as well (Wortsman et al. 2022, arXiv:2203.05482; for adapters Chronopoulou et al.
 * 2023, arXiv:2302.07027). The factors of low-rank updates are averaged each for itself.
 */
public final class ArtifactAverage {

    private static final String FORMAT = "the format";
    private static final String QUANTIZATION = "quantization.json";
    private static final String INIT = "init_lora_weights";
    private static final List<String> COPIED = List.of("metrics.json", "request.json", QUANTIZATION);

    /** Fields that neither change what is computed nor are absent from names and shapes of the tensors. */
    private static final Set<String> PASSED_OVER = Set.of(
            "auto_mapping",
            "base_model_name_or_path",
            "dropout",
            "dropout_prob",
            "encoder_dropout",
            "encoder_hidden_size",
            "encoder_num_layers",
            "encoder_reparameterization_type",
            "feedforward_modules",
            "inference_mode",
            "init_ia3_weights",
            "init_weights",
            "init_weights_seed",
            "layers_to_transform",
            "leave_out",
            "lora_dropout",
            "megatron_core",
            "modules_to_save",
            "peft_version",
            "prefix_projection",
            "prompt_tuning_init",
            "prompt_tuning_init_text",
            "qalora_group_size",
            "revision",
            "stochastic_depth",
            "target_modules",
            "task_type",
            "tokenizer_name_or_path");

    /** Beginnings of the values of {@code init_lora_weights} that took something out of the base: the factors count from what is left. */
    private static final List<String> CHANGING_THE_BASE = List.of("pissa", "olora", "corda", "loftq", "lora_ga");

    /** What {@code metrics.json} tells, where it is there: the labels, and whether texts are conversations. */
    private static final List<String> TOLD = List.of("labels", "chat");

    private ArtifactAverage() {}

    /** An artifact that counts {@code weight} of the sum of all weights. */
    public record Part(String name, Path folder, double weight) {}

    /** @param settings what must be equal, as text; {@link #TOLD} are there only if the artifact tells them */
    private record Stored(Map<String, String> settings, Map<String, NDArray> tensors, Map<String, NDArray> head) {}

    /**
     * Writes the average as an artifact like its parts.
     *
     * @param parts at least one, all on the same base
     * @param folder an empty one
     * @throws JobException bad_request that names an artifact which does not fit the first one, and why
     */
    public static void write(List<Part> parts, Path folder, Backend backend) {
        try (NDManager scope = backend.scope()) {
            Part first = parts.getFirst();
            Stored sum = read(first, scope);
            double whole = parts.stream().mapToDouble(Part::weight).sum();
            sum.tensors.replaceAll((_, tensor) -> tensor.mul(first.weight / whole));
            sum.head.replaceAll((_, tensor) -> tensor.mul(first.weight / whole));
            for (Part part : parts.subList(1, parts.size())) {
                Stored stored = read(part, scope);
                check(first, sum, part, stored);
                add(sum.tensors, stored.tensors, part.weight / whole);
                add(sum.head, stored.head, part.weight / whole);
            }
            write(first.folder, sum, folder);
        }
    }

    private static Stored read(Part part, NDManager scope) {
        Path folder = part.folder;
        if (HubFiles.areIn(folder)) {
            Map<String, String> settings = settings(HubFiles.readConfig(folder).path("config"), "");
            Map<String, NDArray> head = Map.of();
            if (HubFiles.haveHead(folder)) {
                ObjectNode headConfig = HubFiles.readHeadConfig(folder);
                settings.putAll(settings(headConfig.path("config"), "the head's "));
                settings.put("the head's model_class", text(headConfig.path("model_class")));
                head = HubFiles.readHeadTensors(folder, scope);
            }
            return stored("adapter-hub's bottlenecks", settings, folder, HubFiles.readTensors(folder, scope), head);
        }
        if (PeftFiles.areIn(folder)) {
            ObjectNode config = PeftFiles.readConfig(folder);
            Map<String, String> settings = settings(config, "");
            settings.put(
                    "task",
                    PeftFiles.areOfTokens(folder)
                            ? "tags of words"
                            : PeftFiles.areOfLanguage(folder) ? "texts" : "labels of texts");
            return stored(
                    "PEFT's " + config.path("peft_type").asText(),
                    settings,
                    folder,
                    PeftFiles.readTensors(folder, scope),
                    Map.of());
        }
        boolean zeroShot = Files.exists(folder.resolve("prompt.json")) && !Files.exists(folder.resolve("config.json"));
        throw new JobException(
                ErrorCode.BAD_REQUEST,
                "average",
                zeroShot
                        ? "%s can't be averaged: it is a hard prompt without training, which has no weights; give adapters on one base"
                                .formatted(part.name)
                        : "%s can't be averaged: it is a whole model; give adapters on one base".formatted(part.name));
    }

    private static Stored stored(
            String format,
            Map<String, String> settings,
            Path folder,
            Map<String, NDArray> tensors,
            Map<String, NDArray> head) {
        settings.put(FORMAT, format);
        JsonNode metrics = metrics(folder);
        TOLD.stream()
                .filter(metrics::hasNonNull)
                .forEach(name -> settings.put(name, metrics.path(name).toString()));
        if (Files.exists(folder.resolve(QUANTIZATION))) {
            settings.put(QUANTIZATION, "there");
        }
        return new Stored(settings, new LinkedHashMap<>(tensors), new LinkedHashMap<>(head));
    }

    private static JsonNode metrics(Path folder) {
        Path file = folder.resolve("metrics.json");
        try {
            return Files.exists(file) ? JsonFile.read(file) : MissingNode.getInstance();
        } catch (IOException e) {
            throw new JobException(
                    ErrorCode.BAD_MODEL, null, "%s can't be read: %s".formatted(file, e.getMessage()), e);
        }
    }

    /** What is null, false or empty counts as left out: not every writer writes every field. */
    private static Map<String, String> settings(JsonNode config, String prefix) {
        Map<String, String> settings = new TreeMap<>();
        config.properties().forEach(field -> {
            String text = text(field.getValue());
            if (!PASSED_OVER.contains(field.getKey())
                    && !(field.getKey().equals(INIT) && keepsTheBase(field.getValue()))
                    && !Set.of("null", "false", "[]", "{}").contains(text)) {
                settings.put(prefix + field.getKey(), text);
            }
        });
        return settings;
    }

    private static boolean keepsTheBase(JsonNode init) {
        String name = init.asText().toLowerCase(Locale.ROOT);
        return CHANGING_THE_BASE.stream().noneMatch(name::startsWith);
    }

    private static String text(JsonNode value) {
        return value.isNumber() ? String.valueOf(value.doubleValue()) : value.toString();
    }

    private static void check(Part first, Stored expected, Part part, Stored found) {
        Set<String> names = new LinkedHashSet<>(List.of(FORMAT));
        names.addAll(expected.settings.keySet());
        names.addAll(found.settings.keySet());
        names.removeIf(name ->
                TOLD.contains(name) && !(expected.settings.containsKey(name) && found.settings.containsKey(name)));
        for (String name : names) {
            String here = expected.settings.get(name);
            String there = found.settings.get(name);
            if (!Objects.equals(here, there)) {
                throw unfit(first, part, name, there == null ? "left out" : there, here == null ? "left out" : here);
            }
        }
        check(first, expected.tensors, part, found.tensors);
        check(first, expected.head, part, found.head);
    }

    private static void check(Part first, Map<String, NDArray> expected, Part part, Map<String, NDArray> found) {
        Set<String> names = new TreeSet<>(expected.keySet());
        names.addAll(found.keySet());
        for (String name : names) {
            String here = shape(expected, name);
            String there = shape(found, name);
            if (!here.equals(there)) {
                throw unfit(first, part, name, there, here);
            }
        }
    }

    private static String shape(Map<String, NDArray> tensors, String name) {
        NDArray tensor = tensors.get(name);
        return tensor == null ? "missing" : tensor.getShape().toString();
    }

    private static JobException unfit(Part first, Part part, String what, String there, String here) {
        return new JobException(
                ErrorCode.BAD_REQUEST,
                "average",
                "%s can't be averaged with %s: %s is %s in %s and %s in %s; average artifacts of one kind and one shape"
                        .formatted(part.name, first.name, what, there, part.name, here, first.name));
    }

    private static void add(Map<String, NDArray> sum, Map<String, NDArray> tensors, double weight) {
        tensors.forEach((name, tensor) -> sum.computeIfPresent(name, (_, so) -> so.add(tensor.mul(weight))));
    }

    private static void write(Path like, Stored average, Path folder) {
        try {
            for (String file : COPIED) {
                if (Files.exists(like.resolve(file))) {
                    Files.copy(like.resolve(file), folder.resolve(file));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the average can't be written to " + folder, e);
        }
        if (HubFiles.areIn(like)) {
            ObjectNode headConfig = HubFiles.haveHead(like) ? HubFiles.readHeadConfig(like) : null;
            HubFiles.write(folder, HubFiles.readConfig(like), average.tensors, headConfig, average.head);
        } else {
            PeftFiles.write(folder, PeftFiles.readConfig(like), average.tensors);
        }
    }
}
