package dev.sectional.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.attribution.Attribution;
import dev.sectional.attribution.LayerAccount;
import dev.sectional.attribution.Target;
import dev.sectional.attribution.method.Methods;
import dev.sectional.core.Engine;
import dev.sectional.core.Provider;
import dev.sectional.core.Tensor;
import dev.sectional.core.io.Safetensors;
import dev.sectional.nn.Network;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Agreement of the other methods with independent programs in float64: zennit and the program of RAP's authors. */
class FamilyGoldenTest {
    @ParameterizedTest
    @CsvSource({
        "epsilon_plus, epsilon-plus", "epsilon_plus_flat, epsilon-plus-flat",
                "epsilon_alpha2_beta1, epsilon-alpha2-beta1",
        "epsilon_alpha2_beta1_flat, epsilon-alpha2-beta1-flat", "epsilon_gamma_box, epsilon-gamma-box"
    })
    void relevance(String key, String method) {
        for (String name : List.of("lrp_vgg_tiny", "lrp_vgg_small")) {
            compare(name, key, method, false);
        }
    }

    /**
     * Zennit starts these methods with the logit; ours start with 1, as their authors do. The logit scales the result.
     */
    @ParameterizedTest
    @CsvSource({
        "excitation_backprop, excitation-backprop", "gradient, gradient", "guided_backprop, guided-backprop",
                "deconvnet, deconvnet", "integrated_gradients_20, integrated-gradients:steps=20"
    })
    void startingAtOne(String key, String method) {
        for (String name : List.of("lrp_vgg_tiny", "lrp_vgg_small")) {
            compare(name, key, method, true);
        }
    }

    @ParameterizedTest
    @CsvSource({"rap, rap", "lrp_alpha1_zbox, alpha-beta-box:alpha=1",
            "lrp_alpha2_zbox, 'alpha-beta-box:alpha=2,beta=1'"})
    void rap(String key, String method) {
        for (String name : List.of("rap_vgg_tiny", "rap_vgg_small")) {
            compare(name, key, method, false);
        }
    }

    private static void compare(String name, String key, String method, boolean timesLogit) {
        try (Engine engine = Engine.open(Provider.configured(), 2); Safetensors golden = Golden.open(name);
             Network network = Golden.network(golden, engine)) {
            Attribution ours = Methods.named(method).explain(network, golden.tensor("input"), Target.top(1));
            double[] wanted = golden.doubles(key);
            for (int i = 0; timesLogit && i < wanted.length; i++) {
                wanted[i] /= golden.doubles("logits")[ours.target()];
            }
            Golden.requireClose(method + " on " + name, wanted, ours.relevance(), 1e-5);
            for (LayerAccount layer : ours.layers()) {
                assertTrue(layer.residual() <= 1e-5, layer.toString());
            }
        }
    }

    /**
     * The sum of integrated gradients is the logit minus the logit of the zero image, up to the error of 400 steps. RAP
     * starts with the logit and conserves it.
     */
    @Test
    void completeness() {
        try (Engine engine = Engine.open(Provider.configured(), 2); Safetensors golden = Golden.open("lrp_vgg_tiny");
             Network network = Golden.network(golden, engine)) {
            Attribution integrated = Methods.named("integrated-gradients:steps=400")
                    .explain(network, golden.tensor("input"), Target.top(1));
            float[] zero = network.forward(Tensor.zeros(golden.tensor("input").shape())).logits().data();
            assertEquals(integrated.logit() - zero[integrated.target()], integrated.relevance().sum(), 0.02);
            Attribution rap = Methods.named("rap").explain(network, golden.tensor("input"), Target.top(1));
            assertEquals(rap.logit(), rap.relevance().sum(), 1e-4);
        }
    }
}
