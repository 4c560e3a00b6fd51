package io.tenfold.model.decoder;

import com.fasterxml.jackson.databind.JsonNode;
import io.tenfold.model.common.ConfigFile;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * How fast the pairs of a head's numbers turn (Su et al. 2021, arXiv:2104.09864), and how that is stretched for more
 * positions than the model was trained with. Keys and formulas are those of Transformers' {@code modeling_rope_utils}.
 *
 * @param theta the base of the wavelengths
 * @param positions {@code max_position_embeddings}
 * @param scaling the settings of the kind
 */
record RotaryConfig(Kind kind, double theta, int headSize, int positions, JsonNode scaling) {

    /** The kinds of scaling, by {@code rope_type}. */
    enum Kind {
        DEFAULT,
        LINEAR,
        DYNAMIC,
        LLAMA3,
        YARN;

        String wire() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private static final double THETA = 10_000;

    /** Reads Transformers 5's {@code rope_parameters}, or {@code rope_theta} and {@code rope_scaling} from before. */
    static RotaryConfig of(JsonNode json, int headSize, int positions) {
        boolean newer = json.path("rope_parameters").isObject();
        String key = newer ? "rope_parameters" : "rope_scaling";
        JsonNode scaling = json.path(key);
        String type = scaling.path("rope_type").asText(scaling.path("type").asText(Kind.DEFAULT.wire()));
        Kind kind = Arrays.stream(Kind.values())
                .filter(known -> known.wire().equals(type))
                .findFirst()
                .orElseThrow(() -> ConfigFile.bad("config.json has %s.rope_type %s; known are %s"
                        .formatted(
                                key,
                                type,
                                String.join(
                                        ", ",
                                        Arrays.stream(Kind.values())
                                                .map(Kind::wire)
                                                .toList()))));
        for (JsonNode where : List.of(json, scaling)) {
            if (where.path("partial_rotary_factor").asDouble(1) != 1) {
                throw ConfigFile.bad("config.json has partial_rotary_factor %s; only 1 is known"
                        .formatted(where.path("partial_rotary_factor")));
            }
        }
        double theta =
                scaling.path("rope_theta").asDouble(json.path("rope_theta").asDouble(THETA));
        RotaryConfig config = new RotaryConfig(kind, theta, headSize, positions, scaling);
        config.needed(key).forEach(config::number);
        return config;
    }

    /** The settings without which the kind means nothing. */
    private List<String> needed(String key) {
        List<String> names =
                switch (kind) {
                    case DEFAULT -> List.of();
                    case LINEAR, DYNAMIC, YARN -> List.of("factor");
                    case LLAMA3 ->
                        List.of("factor", "low_freq_factor", "high_freq_factor", "original_max_position_embeddings");
                };
        for (String name : names) {
            JsonNode value = scaling.path(name);
            if (!value.isNumber() || value.doubleValue() <= 0) {
                throw ConfigFile.bad("config.json has %s.%s %s; %s needs a number above 0"
                        .formatted(key, name, value.isMissingNode() ? "left out" : value, kind.wire()));
            }
        }
        return names;
    }

    private double number(String name) {
        return scaling.path(name).doubleValue();
    }

    private double number(String name, double otherwise) {
        double value = scaling.path(name).asDouble(0);
        return value == 0 ? otherwise : value;
    }

    /** The most tokens of a row: what is stretched beyond the trained positions counts. */
    int maxPositions() {
        return switch (kind) {
            case DEFAULT, LINEAR, LLAMA3 -> positions;
            case DYNAMIC -> (int) (positions * Math.max(1, number("factor")));
            case YARN ->
                Math.max(positions, (int)
                        (number("original_max_position_embeddings", positions) * Math.max(1, number("factor"))));
        };
    }

    /** Whether rows of this length have angles of their own. */
    boolean changesWith(int length) {
        return kind == Kind.DYNAMIC && length > positions;
    }

    /**
     * The angle of each pair at position 1.
     *
     * @param length of the row; only {@code dynamic} asks
     */
    double[] frequencies(int length) {
        return switch (kind) {
            case DEFAULT -> plain(theta);
            case LINEAR ->
                Arrays.stream(plain(theta)).map(f -> f / number("factor")).toArray();
            case DYNAMIC -> dynamic(Math.max(length, positions));
            case LLAMA3 -> Arrays.stream(plain(theta)).map(this::llama3).toArray();
            case YARN -> yarn();
        };
    }

    private double[] plain(double base) {
        double[] frequencies = new double[headSize / 2];
        for (int i = 0; i < frequencies.length; i++) {
            frequencies[i] = Math.pow(base, -2.0 * i / headSize);
        }
        return frequencies;
    }

    private double[] dynamic(int length) {
        double factor = number("factor");
        double stretched = factor * length / positions - (factor - 1);
        return plain(theta * Math.pow(stretched, headSize / (headSize - 2.0)));
    }

    private double llama3(double frequency) {
        double factor = number("factor");
        double low = number("low_freq_factor");
        double high = number("high_freq_factor");
        double turns = number("original_max_position_embeddings") * frequency / (2 * Math.PI);
        if (turns < low) {
            return frequency / factor;
        }
        if (turns > high) {
            return frequency;
        }
        double smooth = (turns - low) / (high - low);
        return (1 - smooth) * frequency / factor + smooth * frequency;
    }

    /** Peng et al. 2023, arXiv:2309.00071, section 3.2. */
    private double[] yarn() {
        double factor = number("factor");
        double low = correction(number("beta_fast", 32));
        double high = correction(number("beta_slow", 1));
        if (scaling.path("truncate").asBoolean(true)) {
            low = Math.floor(low);
            high = Math.ceil(high);
        }
        low = Math.max(low, 0);
        high = Math.min(high, headSize - 1);
        if (low == high) {
            high += 0.001;
        }
        double[] frequencies = plain(theta);
        for (int i = 0; i < frequencies.length; i++) {
            double stretched = Math.clamp((i - low) / (high - low), 0, 1);
            frequencies[i] = frequencies[i] / factor * stretched + frequencies[i] * (1 - stretched);
        }
        return frequencies;
    }

    private double correction(double rotations) {
        double trained = number("original_max_position_embeddings", positions);
        return headSize * Math.log(trained / (rotations * 2 * Math.PI)) / (2 * Math.log(theta));
    }

    /** What cosines and sines are multiplied with. */
    double attentionFactor() {
        if (kind != Kind.YARN) {
            return 1;
        }
        if (scaling.path("attention_factor").isNumber()) {
            return number("attention_factor");
        }
        double factor = number("factor");
        double scale = number("mscale", 0);
        double scaleOfAll = number("mscale_all_dim", 0);
        return scale != 0 && scaleOfAll != 0
                ? temperature(factor, scale) / temperature(factor, scaleOfAll)
                : temperature(factor, 1);
    }

    private static double temperature(double factor, double scale) {
        return factor <= 1 ? 1 : 0.1 * scale * Math.log(factor) + 1;
    }

    /**
     * Cosines and sines of some positions, in this order, [to - from, headSize / 2] each.
     *
     * @param length of the rows, as for {@link #frequencies}
     */
    List<float[]> table(int from, int to, int length) {
        double[] frequencies = frequencies(length);
        double factor = attentionFactor();
        float[] cosines = new float[(to - from) * frequencies.length];
        float[] sines = new float[cosines.length];
        int place = 0;
        for (int position = from; position < to; position++) {
            for (double frequency : frequencies) {
                cosines[place] = (float) (Math.cos(position * frequency) * factor);
                sines[place++] = (float) (Math.sin(position * frequency) * factor);
            }
        }
        return List.of(cosines, sines);
    }
}
