package io.tenfold.method.full;

/** @param layerwiseLrDecay the learning rate of a layer as a share of the next higher one's; 1: all alike */
public record FullConfig(double layerwiseLrDecay) {}
