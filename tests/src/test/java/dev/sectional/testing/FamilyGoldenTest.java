package dev.sectional.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.attribution.Attribution;
import dev.sectional.attribution.Completeness;
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
                "deconvnet, deconvnet", "integrated_gradients_20, 'integrated-gradients:steps=20,rule=right'"
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
     * The sum of integrated gradients is the logit minus the logit of the zero image, up to the error of the
     * quadrature: the path crosses the kinks of the ReLUs, so no rule is exact. RAP starts with the logit and
     * conserves it.
     */
    @Test
    void completeness() {
        try (Engine engine = Engine.open(Provider.configured(), 2); Safetensors golden = Golden.open("lrp_vgg_tiny");
             Network network = Golden.network(golden, engine)) {
            float[] zero = network.forward(Tensor.zeros(golden.tensor("input").shape())).logits().data();
            double right = Math.abs(completeness("integrated-gradients:steps=20,rule=right", network, golden, zero));
            double midpoint = Math.abs(completeness("integrated-gradients:rule=midpoint", network, golden, zero));
            double gauss = Math.abs(completeness("integrated-gradients", network, golden, zero));
            assertTrue(Math.max(gauss, midpoint) <= 0.005 && right > 5 * Math.max(gauss, midpoint),
                    "gaps of the change of the logit: " + gauss + ", " + midpoint + ", " + right);
            Attribution rap = Methods.named("rap").explain(network, golden.tensor("input"), Target.top(1));
            assertEquals(rap.logit(), rap.relevance().sum(), 1e-4);
        }
    }

    /** Returns the gap of completeness as a share of the change of the logit. */
    private static double completeness(String method, Network network, Safetensors golden, float[] zero) {
        Attribution integrated = Methods.named(method).explain(network, golden.tensor("input"), Target.top(1));
        Completeness account = integrated.completeness().orElseThrow();
        assertEquals((double) integrated.logit() - zero[integrated.target()], account.logitChange());
        assertEquals(integrated.relevance().sum(), account.relevanceSum());
        return account.gap() / account.logitChange();
    }
}
