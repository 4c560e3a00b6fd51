package io.tenfold.model.encoder;

import io.tenfold.model.common.ModelFamily;
import java.util.List;

/** The families of encoders. */
public final class Encoders {

    /** BERT, RoBERTa, DistilBERT. */
    public static final List<ModelFamily> FAMILIES = List.of(new Bert(), new Roberta(), new DistilBert());

    private Encoders() {}
}
