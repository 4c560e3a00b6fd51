package io.tenfold.train.writing;

/** Why a row was not written on. */
public enum Ending {
    /** It wrote one of {@link Sampling#endTokens}. */
    END_TOKEN,

    /** Its text came to one of {@link Sampling#stop}. */
    STOP_STRING,

    /** It has {@link Sampling#maxNewTokens}. */
    MAX_TOKENS,

    /** The model has no position for more; a prompt that is longer than all positions got no token. */
    NO_ROOM
}
