package io.tenfold.model.decoder;

import io.tenfold.model.common.ModelFamily;
import java.util.List;
import java.util.stream.Stream;

/** The families of decoders. */
public final class Decoders {

    /** GPT-2, Llama, Mistral, Qwen2, Qwen3. */
    public static final List<ModelFamily> FAMILIES = Stream.<ModelFamily>concat(
                    Stream.of(new Gpt2()), Stream.of(Kin.values()).map(Llama::new))
            .toList();

    private Decoders() {}
}
