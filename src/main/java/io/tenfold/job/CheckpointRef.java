package io.tenfold.job;

/** A checkpoint that lies complete in the store. */
public record CheckpointRef(long step, String uri) {}
