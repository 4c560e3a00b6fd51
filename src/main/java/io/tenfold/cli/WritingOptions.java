package io.tenfold.cli;

import io.tenfold.worker.Manner;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Options of {@code predict} for artifacts and models that write text. */
class WritingOptions {

    private static final int USUAL_TOKENS = 128;

    @Option(names = "--max-new-tokens", paramLabel = "N", description = "the most tokens of an answer [128]")
    @Nullable
    Integer maxNewTokens;

    @Option(
            names = "--temperature",
            paramLabel = "T",
            description = "how freely tokens are drawn; 0: always the most probable one [0]")
    @Nullable
    Double temperature;

    @Option(names = "--top-k", paramLabel = "K", description = "draw from the K most probable tokens alone [all]")
    @Nullable
    Integer topK;

    @Option(
            names = "--top-p",
            paramLabel = "P",
            description = "draw from the most probable tokens that together have probability P [1]")
    @Nullable
    Double topP;

    @Option(names = "--seed", paramLabel = "N", description = "of the draws [42]")
    @Nullable
    Long seed;

    @Option(names = "--stop", paramLabel = "TEXT", description = "ends an answer before it; may be given several times")
    List<String> stop = new ArrayList<>();

    @Option(names = "--system", paramLabel = "TEXT", description = "what the system says before a conversation")
    @Nullable
    String system;

    @Option(names = "--raw", description = "go on from the text as it stands, without the model's chat template")
    boolean raw;

    /** The names of those that are given. */
    List<String> given() {
        List<String> given = new ArrayList<>();
        add(given, "--max-new-tokens", maxNewTokens != null);
        add(given, "--temperature", temperature != null);
        add(given, "--top-k", topK != null);
        add(given, "--top-p", topP != null);
        add(given, "--seed", seed != null);
        add(given, "--stop", !stop.isEmpty());
        add(given, "--system", system != null);
        add(given, "--raw", raw);
        return given;
    }

    private static void add(List<String> names, String name, boolean given) {
        if (given) {
            names.add(name);
        }
    }

    /**
     * What they mean together.
     *
     * @throws CommandProblem where one makes no sense, or two do not go together
     */
    Manner manner() {
        if (raw && system != null) {
            throw CommandProblem.wrongRequest(
                    "--system is given with --raw, which leaves the text as it stands; write it into the text, or leave out --raw");
        }
        if ((topK != null || topP != null) && (temperature == null || temperature == 0)) {
            throw CommandProblem.wrongRequest(
                    "%s is given, but --temperature is 0, which always takes the most probable token; give one above 0, such as 0.7"
                            .formatted(topK != null ? "--top-k" : "--top-p"));
        }
        try {
            return new Manner(
                    maxNewTokens == null ? USUAL_TOKENS : maxNewTokens,
                    temperature == null ? 0 : temperature,
                    topK == null ? 0 : topK,
                    topP == null ? 1 : topP,
                    seed == null ? 42 : seed,
                    stop,
                    system,
                    raw);
        } catch (IllegalArgumentException e) {
            throw CommandProblem.wrongRequest(asOption(String.valueOf(e.getMessage())));
        }
    }

    /** Such a message begins with the value's name: {@code topK is -1; …} is about {@code --top-k}. */
    private static String asOption(String message) {
        int end = message.indexOf(' ');
        return "--"
                + message.substring(0, end).replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT)
                + message.substring(end);
    }
}
