package io.tenfold.model.decoder;

import io.tenfold.model.common.Body;
import java.util.List;

/** A decoder below its head: {@link Body}, and the same parts in their own types. */
record DecoderParts(DecoderConfig config, DecoderInput input, List<DecoderLayer> layers, Body body) {}
