package io.tenfold.method.prompt;

import io.tenfold.job.Fields;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@code kind: soft}, named and meant as in PEFT's {@code PromptTuningConfig}.
 *
 * @param numVirtualTokens how many tokens come before each row
 * @param init their first values
 * @param initText whose tokens they begin as; only and always with {@link Init#TEXT}
 */
record SoftConfig(int numVirtualTokens, Init init, @Nullable String initText) implements PromptConfig {

    static final List<String> OPTIONS = List.of("num_virtual_tokens", "prompt_tuning_init", "prompt_tuning_init_text");

    /** Standard normal numbers, the embeddings of words drawn from the vocabulary, or those of a text. */
    enum Init {
        RANDOM,
        SAMPLE_VOCAB,
        TEXT
    }

    static SoftConfig read(Fields f) {
        Init init = Init.valueOf(f.oneOf("prompt_tuning_init", List.of("RANDOM", "SAMPLE_VOCAB", "TEXT"), "RANDOM"));
        String text = f.text("prompt_tuning_init_text", null);
        if (init == Init.TEXT && !f.has("prompt_tuning_init_text")) {
            f.error(
                    "prompt_tuning_init_text",
                    "%s is missing; prompt_tuning_init TEXT begins with the tokens of a text, so give one, such as"
                                    .formatted(f.param("prompt_tuning_init_text"))
                            + " \"Is this review good or bad?\"");
        }
        if (init != Init.TEXT && text != null) {
            f.error(
                    "prompt_tuning_init_text",
                    "%s is \"%s\", but prompt_tuning_init is %s; set it to TEXT, or leave the text out"
                            .formatted(f.param("prompt_tuning_init_text"), text, init));
        }
        return new SoftConfig(f.integer("num_virtual_tokens", 20, 1, 65_536), init, text);
    }
}
