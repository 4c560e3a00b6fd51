package io.tenfold.method.prompt;

import io.tenfold.job.Fields;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The options of one kind of prompt. A new kind joins here, in {@link Kind}, and in {@link PromptMethod}'s switches. */
public sealed interface PromptConfig permits SoftConfig, PTuningConfig, HardConfig {

    /** The values of {@code kind}. */
    enum Kind {
        SOFT,
        P_TUNING,
        HARD;

        /** The names of its options. */
        List<String> options() {
            return switch (this) {
                case SOFT -> SoftConfig.OPTIONS;
                case P_TUNING -> PTuningConfig.OPTIONS;
                case HARD -> HardConfig.OPTIONS;
            };
        }

        /** As a request writes it. */
        String wire() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Reads the options of the request's kind, and refuses those that only another one has. */
    static PromptConfig read(Fields f) {
        List<String> names = Arrays.stream(Kind.values()).map(Kind::wire).toList();
        String wire = f.oneOf("kind", names, Kind.SOFT.wire());
        Kind kind = Kind.valueOf(wire.toUpperCase(Locale.ROOT));
        refuseOthers(f, kind);
        return switch (kind) {
            case SOFT -> SoftConfig.read(f);
            case P_TUNING -> PTuningConfig.read(f);
            case HARD -> HardConfig.read(f);
        };
    }

    private static void refuseOthers(Fields f, Kind kind) {
        Map<String, List<String>> kinds = new LinkedHashMap<>();
        for (Kind one : Kind.values()) {
            one.options().forEach(option -> kinds.computeIfAbsent(option, _ -> new ArrayList<>())
                    .add(one.wire()));
        }
        kinds.forEach((option, owners) -> {
            if (f.has(option) && !owners.contains(kind.wire())) {
                f.error(
                        option,
                        "%s is %s, but kind is %s, which has no such option; leave it out, or take kind %s"
                                .formatted(f.param(option), f.raw(option), kind.wire(), String.join(" or ", owners)));
            }
        });
    }
}
