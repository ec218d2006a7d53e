package dev.sectional.testing;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.attribution.Attribution;
import dev.sectional.attribution.Interest;
import dev.sectional.attribution.LayerAccount;
import dev.sectional.attribution.Target;
import dev.sectional.attribution.method.Rsp;
import dev.sectional.core.Engine;
import dev.sectional.core.Provider;
import dev.sectional.core.Tensor;
import dev.sectional.core.io.Safetensors;
import dev.sectional.nn.Network;
import dev.sectional.nn.layer.Conv2d;
import dev.sectional.nn.rule.Rules;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Agreement with the float64 reference of the method. */
class GoldenTest {
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11})
    void oneConvolution(int number) {
        try (Engine engine = Engine.open(Provider.configured(), 2);
             Safetensors golden = Golden.open(String.format("conv_%02d", number))) {
            long[] geometry = golden.longs("geometry");
            Conv2d conv = Conv2d.of(golden.tensor("w")).stride((int) geometry[1]).padding((int) geometry[2]);
            Tensor r = golden.tensor("r").toChannelsLast();
            Golden.requireClose("rsp", golden.doubles("rsp"),
                    Rsp.rule().propagate(engine, conv, golden.tensor("x").toChannelsLast(), r).relevance()
                    .toChannelsFirst(), 1e-5);
            Golden.requireClose("z^B", golden.doubles("z_box"),
                    Rules.zBox().propagate(engine, conv, golden.tensor("signed_x").toChannelsLast(), r).relevance()
                    .toChannelsFirst(), 1e-5);
        }
    }

    @ParameterizedTest
    @CsvSource({"vgg_tiny, 1e-5", "vgg_small, 1e-5", "vgg_slim, 1e-5", "vgg16, 3e-5"})
    void wholeNetworks(String name, double limit) {
        try (Engine engine = Engine.open(Provider.configured(), 2); Safetensors golden = Golden.open(name);
             Network network = Golden.network(golden, engine)) {
            int top = (int) golden.longs("targets")[0];
            List<Target> three = Arrays.stream(golden.longs("targets")).mapToObj(t -> Target.of((int) t)).toList();
            Tensor image = golden.tensor("input");
            Golden.requireClose("logits", golden.doubles("logits"), network.forward(image).logits(), limit);
            Rsp rsp = Rsp.reference().keepingLayerRelevances(true);
            Rsp relative = rsp.relative(Interest.of(three));
            compare(golden, "target", rsp.explain(network, image, Target.top(1)), top, limit);
            compare(golden, "relative", relative.explain(network, image, Target.top(1)), top, limit);
        }
    }

    private static void compare(Safetensors golden, String mode, Attribution ours, int top, double limit) {
        assertEquals(top, ours.target());
        Golden.requireClose(mode + ".start", golden.doubles(mode + ".start"), ours.start(), limit);
        Golden.requireClose(mode + ".relevance", golden.doubles(mode + ".relevance"), ours.relevance(), limit);
        int compared = 0;
        for (LayerAccount layer : ours.layers()) {
            if (golden.has(mode + ".at." + layer.name())) {
                Golden.requireClose(mode + " below " + layer.name(), golden.doubles(mode + ".at." + layer.name()),
                        ours.layerRelevances().get(layer.name()), limit);
            }
            if (golden.has(mode + ".sum." + layer.name())) {
                double[] sums = golden.doubles(mode + ".sum." + layer.name());
                assertEquals(sums[0], layer.inputSum(), 1e-5 * sums[1], "sum below " + layer.name());
                compared++;
            }
            assertTrue(layer.residual() <= 1e-5, layer.toString());
        }
        assertTrue(compared > 3, "sums were compared");
    }

    @Test
    void bitsDoNotDependOnThreadsOrRuns() {
        float[] first = null;
        try (Safetensors golden = Golden.open("vgg_slim")) {
            for (int threads : new int[] {1, 2, 2, 3}) {
                try (Engine engine = Engine.open(Provider.configured(), threads);
             Network network = Golden.network(golden, engine)) {
                    for (int repeat = 0; repeat < 3; repeat++) {
                        float[] relevance = Rsp.reference().explain(network, golden.tensor("input"), Target.top(1))
                                .relevance().data();
                        first = first == null ? relevance : first;
                        assertArrayEquals(first, relevance, threads + " threads, repeat " + repeat);
                    }
                }
            }
        }
    }

    @Test
    void severalTargetsOverOneForwardPassEqualEachAlone() {
        try (Engine engine = Engine.open(Provider.configured(), 2); Safetensors golden = Golden.open("vgg_small");
             Network network = Golden.network(golden, engine)) {
            Tensor image = golden.tensor("input");
            List<Attribution> all = Rsp.reference().explainAll(network, image, List.of(Target.top(6), Target.of(0)));
            assertTrue(all.size() >= 6, "more targets than are propagated side by side");
            for (Attribution each : all) {
                assertArrayEquals(Rsp.reference().explain(network, image, Target.of(each.target())).relevance().data(),
                        each.relevance().data());
            }
        }
    }
}
