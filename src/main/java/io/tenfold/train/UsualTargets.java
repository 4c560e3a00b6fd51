package io.tenfold.train;

import java.util.List;

/** The layers that methods change in a model of a type where nobody says which: PEFT's own choice, where it has one. */
public final class UsualTargets {

    private UsualTargets() {}

    /** Of low-rank updates. */
    public static List<String> lora(String modelType) {
        return switch (modelType) {
            case "distilbert" -> List.of("q_lin", "v_lin");
            case "gpt2" -> List.of("c_attn");
            case "llama", "mistral", "qwen2", "qwen3" -> List.of("q_proj", "v_proj");
            default -> List.of("query", "value");
        };
    }

    /** Of (IA)³, with {@link #ia3FeedForward}. */
    public static List<String> ia3(String modelType) {
        return switch (modelType) {
            case "distilbert" -> List.of("k_lin", "v_lin", "out_lin", "lin2");
            case "gpt2" -> List.of("c_attn", "mlp.c_proj");
            case "llama", "mistral" -> List.of("k_proj", "v_proj", "down_proj");
            case "qwen2", "qwen3" -> List.of("q_proj", "v_proj", "down_proj");
            default -> List.of("key", "value", "output.dense");
        };
    }

    /** Those of {@link #ia3} whose input is scaled, and not their output. */
    public static List<String> ia3FeedForward(String modelType) {
        return switch (modelType) {
            case "distilbert" -> List.of("out_lin", "lin2");
            case "gpt2" -> List.of("mlp.c_proj");
            case "llama", "mistral", "qwen2", "qwen3" -> List.of("down_proj");
            default -> List.of("output.dense");
        };
    }
}
