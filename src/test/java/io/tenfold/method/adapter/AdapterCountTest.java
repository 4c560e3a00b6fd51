package io.tenfold.method.adapter;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.tenfold.job.Fields;
import io.tenfold.model.LinearSite;
import io.tenfold.model.ModelHooks;
import io.tenfold.model.SublayerSite;
import io.tenfold.tensor.Backend;
import io.tenfold.tensor.Parameter;
import io.tenfold.tensor.Parameters;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** BERT-base's sites, without its weights, get as many numbers as papers and libraries say. */
class AdapterCountTest {

    private static final int LAYERS = 12;
    private static final int HIDDEN = 768;
    private static final int INTERMEDIATE = 3072;

    @ParameterizedTest
    @CsvSource({"houlsby,1789056", "pfeiffer,894528", "parallel,7091712"})
    void bottlenecks(String kind, long count) {
        try (Backend backend = Backend.open("cpu", 1)) {
            BottleneckConfig config = BottleneckConfig.read(options(), io.tenfold.method.adapter.Shape.named(kind));
            BottleneckHooks hooks = new BottleneckHooks(config, "bert", backend, 1L, null);
            for (int layer = 0; layer < LAYERS; layer++) {
                String name = "bert.encoder.layer." + layer;
                hooks.sublayer(
                        new SublayerSite(name + ".attention.output", layer, SublayerSite.Kind.ATTENTION, HIDDEN));
                hooks.sublayer(new SublayerSite(name + ".output", layer, SublayerSite.Kind.FEED_FORWARD, HIDDEN));
            }
            assertEquals(count, hooks.parameters().size());
        }
    }

    @Test
    void ia3() {
        try (Backend backend = Backend.open("cpu", 1)) {
            Ia3Hooks hooks = new Ia3Hooks(Ia3Config.read(options()), "bert", backend);
            Parameter square = weight(backend, HIDDEN, HIDDEN);
            Parameter up = weight(backend, INTERMEDIATE, HIDDEN);
            Parameter down = weight(backend, HIDDEN, INTERMEDIATE);
            for (int layer = 0; layer < LAYERS; layer++) {
                String name = "bert.encoder.layer." + layer + ".";
                for (String module : new String[] {"self.query", "self.key", "self.value", "output.dense"}) {
                    linear(hooks, name + "attention." + module, layer, square);
                }
                linear(hooks, name + "intermediate.dense", layer, up);
                linear(hooks, name + "output.dense", layer, down);
            }
            linear(hooks, "bert.pooler.dense", -1, square);
            Parameters vectors = hooks.parameters();
            assertEquals(64_512, vectors.size());
            assertEquals(
                    new Shape(1, INTERMEDIATE),
                    vectors.get("base_model.model.bert.encoder.layer.0.output.dense.ia3_l")
                            .shape());
            assertEquals(
                    new Shape(HIDDEN, 1),
                    vectors.get("base_model.model.bert.encoder.layer.0.attention.self.key.ia3_l")
                            .shape());
        }
    }

    @Test
    void aJobsIdBecomesANameThatPythonsModulesTake() {
        assertEquals("tenfold-a_b_1-x", AdapterMethod.adapterName("a.b/1-x"));
    }

    private static void linear(ModelHooks hooks, String name, int layer, Parameter weight) {
        hooks.linear(new LinearSite(name, layer, false, weight, null), (x, _) -> x);
    }

    private static Parameter weight(Backend backend, long out, long in) {
        return new Parameter("weight", backend.manager().zeros(new Shape(out, in)));
    }

    private static Fields options() {
        JsonNode none = JsonNodeFactory.instance.objectNode();
        return new Fields(none);
    }
}
