package io.tenfold.method.lora;

import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import io.tenfold.job.Suggest;
import io.tenfold.train.ModuleNames;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;

/** Which linear layers get an update: PEFT's {@code target_modules}. */
sealed interface LoraTargets {

    /** The names usual for the model's type. */
    record Usual() implements LoraTargets {}

    /** Every linear layer but the head. */
    record AllLinear() implements LoraTargets {}

    /** Module names or their endings. */
    record Names(List<String> names) implements LoraTargets {}

    /** A regular expression over the whole name. */
    record Expression(String expression) implements LoraTargets {}

    /** Whether a layer of a model of this type is meant. */
    default boolean include(String module, String modelType) {
        return switch (this) {
            case AllLinear() -> true;
            case Usual() -> usual(modelType).stream().anyMatch(name -> ModuleNames.endsWith(module, name));
            case Names(List<String> names) -> names.stream().anyMatch(name -> ModuleNames.endsWith(module, name));
            case Expression(String expression) -> ModuleNames.matches(module, expression);
        };
    }

    /** Refuses what matches none of the model's linear layers. */
    default void refuseUnmatched(Collection<String> modules) {
        List<String> wanted =
                switch (this) {
                    case Names(List<String> names) -> names;
                    case Expression(String expression) -> List.of(expression);
                    case Usual(), AllLinear() -> List.of();
                };
        for (String one : wanted) {
            boolean matched = modules.stream()
                    .anyMatch(module -> this instanceof Expression
                            ? ModuleNames.matches(module, one)
                            : ModuleNames.endsWith(module, one));
            if (!matched) {
                TreeSet<String> endings = new TreeSet<>();
                modules.forEach(module -> endings.add(module.substring(module.lastIndexOf('.') + 1)));
                throw new JobException(
                        ErrorCode.BAD_REQUEST,
                        "method.target_modules",
                        "method.target_modules has %s, which matches no linear layer of the model; these would: %s, or \"all-linear\"%s"
                                .formatted(one, String.join(", ", endings), Suggest.didYouMean(one, endings)));
            }
        }
    }

    /** PEFT's mapping of model types to targets. */
    static List<String> usual(String modelType) {
        return modelType.equals("distilbert") ? List.of("q_lin", "v_lin") : List.of("query", "value");
    }
}
