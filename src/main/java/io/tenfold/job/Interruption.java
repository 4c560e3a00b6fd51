package io.tenfold.job;

/** Why a running attempt should stop at its next step. */
public enum Interruption {
    NONE,
    CANCEL,
    PAUSE,
    /** The worker is going away; another one continues. */
    HAND_OVER
}
