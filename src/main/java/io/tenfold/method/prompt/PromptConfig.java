package io.tenfold.method.prompt;

import io.tenfold.job.Fields;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** The options of one kind of prompt. A new kind joins here, in {@link Kind}, and in {@link PromptMethod}'s switches. */
public sealed interface PromptConfig permits SoftConfig, PTuningConfig, HardConfig {

    /** The values of {@code kind}, each with the names of its options. */
    enum Kind {
        SOFT(SoftConfig.OPTIONS),
        P_TUNING(PTuningConfig.OPTIONS),
        HARD(HardConfig.OPTIONS);

        private final List<String> options;

        Kind(List<String> options) {
            this.options = options;
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
        for (Kind other : Kind.values()) {
            for (String option : other.options) {
                if (f.has(option) && !kind.options.contains(option)) {
                    f.error(
                            option,
                            "%s is %s, which is an option of kind %s, not of %s; leave it out, or take kind %s"
                                    .formatted(
                                            f.param(option), f.raw(option), other.wire(), kind.wire(), other.wire()));
                }
            }
        }
    }
}
