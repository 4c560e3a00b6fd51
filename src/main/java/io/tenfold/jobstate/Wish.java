package io.tenfold.jobstate;

import io.tenfold.job.Interruption;
import java.util.Locale;

/** What the row asks of the attempt that runs. */
enum Wish {
    NONE(Interruption.NONE),
    CANCEL(Interruption.CANCEL),
    PAUSE(Interruption.PAUSE);

    private final Interruption interruption;

    Wish(Interruption interruption) {
        this.interruption = interruption;
    }

    Interruption interruption() {
        return interruption;
    }

    String wire() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The wish of a column's value; empty: none. */
    static Wish ofWire(String wire) {
        return wire.isEmpty() ? NONE : valueOf(wire.toUpperCase(Locale.ROOT));
    }
}
