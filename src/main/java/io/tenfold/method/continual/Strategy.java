package io.tenfold.method.continual;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** What is done lest earlier tasks be forgotten. */
enum Strategy {
    /** Nothing: what the others are measured by. */
    NAIVE,
    /** Weights are held where earlier tasks need them (Kirkpatrick et al. 2017, arXiv:1612.00796). */
    EWC,
    /** Rows of earlier tasks are trained on again (Rolnick et al. 2019, arXiv:1811.11682). */
    REPLAY,
    /** The earlier heads' answers to the new rows are kept (Li and Hoiem 2016, arXiv:1606.09282). */
    LWF,
    /** Each task has new weights, and the earlier ones stay as they are (Rusu et al. 2016, arXiv:1606.04671). */
    EXPANSION;

    /** The options that it alone has. */
    List<String> options() {
        return switch (this) {
            case EWC -> List.of("lambda", "online", "decay", "fisher_samples");
            case REPLAY -> List.of("buffer_size", "selection", "replay_batch_size");
            case LWF -> List.of("lwf_alpha", "temperature");
            case NAIVE, EXPANSION -> List.of();
        };
    }

    /** Its name in a request. */
    String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }

    static List<String> wireNames() {
        return Arrays.stream(values()).map(Strategy::wireName).toList();
    }

    static Strategy named(String wireName) {
        return valueOf(wireName.toUpperCase(Locale.ROOT));
    }
}
