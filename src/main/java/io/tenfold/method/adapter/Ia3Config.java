package io.tenfold.method.adapter;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tenfold.checkpoint.PeftFiles;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.Fields;
import io.tenfold.job.JobException;
import io.tenfold.train.TargetModules;
import io.tenfold.train.UsualTargets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The options, named and meant as in PEFT's {@code IA3Config}.
 *
 * @param targets which linear layers are rescaled; null: the usual ones of the model's type
 * @param feedForward which of these are rescaled at their input; null: the usual ones
 * @param modulesToSave modules that an artifact brings whole, besides the head
 */
record Ia3Config(@Nullable TargetModules targets, @Nullable TargetModules feedForward, List<String> modulesToSave) {

    /** The request's options. */
    static final List<String> OPTIONS = List.of("target_modules", "feedforward_modules");

    /** Fields of a PEFT file that are read as the request's options are; all else has no meaning here. */
    private static final List<String> KNOWN = List.of("target_modules", "feedforward_modules");

    static Ia3Config read(Fields f) {
        Ia3Config config = new Ia3Config(
                TargetModules.read(f, "target_modules", false),
                TargetModules.read(f, "feedforward_modules", true),
                List.of());
        if (config.targets instanceof TargetModules.Names(List<String> targets)
                && config.feedForward instanceof TargetModules.Names(List<String> inner)) {
            for (String name : inner) {
                if (!targets.contains(name)) {
                    f.error(
                            "feedforward_modules",
                            "%s has %s, which is not in %s; put it there, too"
                                    .formatted(f.param("feedforward_modules"), name, f.param("target_modules")));
                }
            }
        }
        return config;
    }

    /**
     * Reads PEFT's {@code adapter_config.json}, whoever wrote it.
     *
     * @throws JobException bad_model for what can't be computed here, and for broken values
     */
    static Ia3Config read(JsonNode json, String location) {
        PeftFiles.refuseOtherTask(json, location);
        JsonNode excluded = json.path("exclude_modules");
        if (excluded.isTextual() || !excluded.isEmpty()) {
            throw new JobException(
                    ErrorCode.BAD_MODEL,
                    null,
                    "%s: exclude_modules is %s, which this version can't follow".formatted(location, excluded));
        }
        ObjectNode known = JsonNodeFactory.instance.objectNode();
        KNOWN.stream().filter(json::hasNonNull).forEach(name -> known.set(name, json.path(name)));
        Fields fields = new Fields(known);
        Ia3Config config = read(fields);
        List<String> saved = new Fields(json).texts("modules_to_save");
        if (!fields.errors().isEmpty()) {
            throw new JobException(
                    ErrorCode.BAD_MODEL,
                    null,
                    "%s: adapter_config.json: %s"
                            .formatted(location, fields.errors().getFirst().message()));
        }
        return new Ia3Config(config.targets, config.feedForward, saved == null ? List.of() : saved);
    }

    TargetModules targets(String modelType) {
        return targets != null ? targets : new TargetModules.Names(UsualTargets.ia3(modelType));
    }

    TargetModules feedForward(String modelType) {
        return feedForward != null ? feedForward : new TargetModules.Names(UsualTargets.ia3FeedForward(modelType));
    }
}
