package io.tenfold.train;

import com.fasterxml.jackson.databind.JsonNode;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.Fields;
import io.tenfold.job.JobException;
import io.tenfold.job.Suggest;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** A choice of linear layers as PEFT's configurations make it. */
public sealed interface TargetModules {

    /** Every linear layer but the head's. */
    record AllLinear() implements TargetModules {}

    /** Module names or their endings. */
    record Names(List<String> names) implements TargetModules {}

    /** A regular expression over the whole name. */
    record Expression(String expression) implements TargetModules {}

    /** Reads a list of names, a regular expression or {@code all-linear}; null when left out or wrong. */
    static @Nullable TargetModules read(Fields f, String name, boolean mayBeEmpty) {
        JsonNode value = f.raw(name);
        if (value.isTextual()) {
            String text = f.text(name, null);
            if (text == null) {
                return null;
            }
            String problem = ModuleNames.problem(text);
            if (!problem.isEmpty()) {
                f.error(
                        name,
                        "%s has %s, which is no regular expression that can be used: %s"
                                .formatted(f.param(name), ModuleNames.shown(text), problem));
            }
            return text.equals("all-linear") ? new AllLinear() : new Expression(text);
        }
        List<String> names = f.texts(name);
        if (names != null && names.isEmpty() && !mayBeEmpty) {
            f.error(name, "%s is an empty list; name modules, or leave it out".formatted(f.param(name)));
        }
        return names == null ? null : new Names(names);
    }

    /** Whether a module that is not the head's is meant. */
    default boolean include(String module) {
        return switch (this) {
            case AllLinear() -> true;
            case Names(List<String> names) -> names.stream().anyMatch(name -> ModuleNames.endsWith(module, name));
            case Expression(String expression) -> ModuleNames.matches(module, expression);
        };
    }

    /**
     * Refuses what matches none of the modules.
     *
     * @param param the option's name in the request
     * @param what the modules are, such as {@code linear layer of the model}
     * @throws JobException bad_request
     */
    default void refuseUnmatched(Collection<String> modules, String param, String what) {
        List<String> wanted =
                switch (this) {
                    case Names(List<String> names) -> names;
                    case Expression(String expression) -> List.of(expression);
                    case AllLinear() -> List.of();
                };
        for (String one : wanted) {
            TargetModules alone = this instanceof Expression ? this : new Names(List.of(one));
            if (modules.stream().noneMatch(alone::include)) {
                throw unmatched(one, modules, param, what);
            }
        }
    }

    /** The error for a name that matches none of the modules; it says which would. */
    static JobException unmatched(String name, Collection<String> modules, String param, String what) {
        TreeSet<String> endings = new TreeSet<>();
        modules.forEach(module -> endings.add(module.substring(module.lastIndexOf('.') + 1)));
        return new JobException(
                ErrorCode.BAD_REQUEST,
                param,
                "%s has %s, which matches no %s; these would: %s%s"
                        .formatted(param, name, what, String.join(", ", endings), Suggest.didYouMean(name, endings)));
    }
}
