/** The encoders BERT, RoBERTa and DistilBERT: their configs, their names for weights, their heads. */
@NullMarked
package io.tenfold.model.encoder;

import org.jspecify.annotations.NullMarked;
