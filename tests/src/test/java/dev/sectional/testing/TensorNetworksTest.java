package dev.sectional.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.attribution.Attribution;
import dev.sectional.attribution.LayerAccount;
import dev.sectional.attribution.PropagationMethod;
import dev.sectional.attribution.Target;
import dev.sectional.attribution.Verification;
import dev.sectional.attribution.method.Methods;
import dev.sectional.core.Engine;
import dev.sectional.core.InputException;
import dev.sectional.core.Provider;
import dev.sectional.core.Tensor;
import dev.sectional.laws.Values;
import dev.sectional.nn.Network;
import dev.sectional.nn.Tape;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every method on a transformer and on a network with gates, smooth activations and a shared layer. */
class TensorNetworksTest {
    private static final Engine ENGINE = Engine.open(Provider.configured(), 2);
    private static final Network TRANSFORMER = TensorSamples.transformer(ENGINE, new Random(1));
    private static final Network GATED = TensorSamples.gated(ENGINE, new Random(2));

    @AfterAll
    static void close() {
        ENGINE.close();
    }

    static Stream<String> methods() {
        return Methods.all().stream().map(Methods.Entry::name);
    }

    private static Tensor image(Network network) {
        return Values.SIGNED.tensor(network.inputShape(), new Random(3));
    }

    /** Relevance of an account: what reaches the image and what layers absorb is what they received. */
    private static void assertExplains(Network network, String method) {
        Attribution attribution = Methods.named(method).explain(network, image(network), Target.of(1));
        assertEquals(network.inputShape(), attribution.relevance().shape());
        for (float value : attribution.relevance().data()) {
            assertTrue(Float.isFinite(value), method);
        }
        assertTrue(attribution.relevance().sumOfAbsolutes() > 0, method + " explains nothing");
        for (LayerAccount account : attribution.layers()) {
            assertTrue(account.residual() < 1e-4, method + ": " + account);
        }
    }

    @ParameterizedTest
    @MethodSource("methods")
    void everyMethodExplainsANetworkWithGates(String method) {
        assertExplains(GATED, method);
    }

    @ParameterizedTest
    @MethodSource("methods")
    void everyMethodExplainsATransformerOrRefusesIt(String method) {
        if (method.equals("rsp")) {
            InputException e = assertThrows(InputException.class, () -> assertExplains(TRANSFORMER, method));
            assertTrue(e.getMessage().contains("RSP starts at a feature map") && e.getMessage().contains("attn-lrp"),
                    e.getMessage());
            return;
        }
        assertExplains(TRANSFORMER, method);
    }

    @ParameterizedTest
    @MethodSource("methods")
    void everyNodeHoldsItsProperties(String name) {
        for (Network network : new Network[] {TRANSFORMER, GATED}) {
            if (Methods.named(name) instanceof PropagationMethod method && !(network == TRANSFORMER
                    && name.equals("rsp"))) {
                for (Verification.Check check : Verification.of(network, method, image(network), 5)) {
                    assertTrue(check.conserves(1e-4) && check.scales(1e-4), name + ": " + check);
                }
            }
        }
    }

    @Test
    void findsTheLastFeatureMap() {
        assertEquals("elu", GATED.nodes().get(GATED.lastFeatureMap()).name());
        assertEquals("block1.norm1", TRANSFORMER.nodes().get(TRANSFORMER.lastFeatureMap()).name());
    }

    /** The gate of squeeze-and-excitation receives nothing, so its layers take no part. */
    @Test
    void aGateIsHeldConstant() {
        Attribution attribution = Methods.named("epsilon-plus").explain(GATED, image(GATED), Target.of(0));
        LayerAccount gate = attribution.layers().stream().filter(each -> each.name().equals("gate")).findAny()
                .orElseThrow();
        assertEquals(0, gate.sumOfAbsolutes());
    }

    /** With half each, the gate receives relevance, and every layer conserves it all the same. */
    @Test
    void aGateTakesHalfWhereTheUserAsks() {
        Attribution uniform = Methods.named("epsilon-plus:products=uniform").explain(GATED, image(GATED), Target.of(0));
        LayerAccount gate = uniform.layers().stream().filter(each -> each.name().equals("gate")).findAny()
                .orElseThrow();
        assertTrue(gate.sumOfAbsolutes() > 0, gate.toString());
        uniform.layers().forEach(layer -> assertTrue(layer.residual() < 1e-4, layer.toString()));
        String unknown = assertThrows(InputException.class, () -> Methods.named("lrp-0:products=both")).getMessage();
        assertEquals("method lrp-0: products=both is unknown: use signal or uniform", unknown);
    }

    /** Gradients of the whole network agree with differences of logits. */
    @Test
    void gradientsAgreeWithDifferences() {
        for (Network network : new Network[] {TRANSFORMER, GATED}) {
            Tensor image = image(network);
            Tape tape = network.forward(image);
            Tensor one = Tensor.zeros(tape.logits().shape());
            one.data()[1] = 1;
            Tensor gradient = tape.gradient(one, Network.IMAGE_INDEX).toChannelsFirst();
            double norm = 0;
            Tensor moved = image.copy();
            float step = 1e-3f;
            for (int i = 0; i < moved.data().length; i++) {   // the slope along the gradient is its length
                norm += gradient.data()[i] * gradient.data()[i];
            }
            for (int i = 0; i < moved.data().length; i++) {
                moved.data()[i] += (float) (step * gradient.data()[i] / Math.sqrt(norm));
            }
            Tensor back = image.copy();
            for (int i = 0; i < back.data().length; i++) {
                back.data()[i] -= (float) (step * gradient.data()[i] / Math.sqrt(norm));
            }
            double slope = (network.logits(moved).data()[1] - network.logits(back).data()[1]) / (2 * step);
            assertEquals(Math.sqrt(norm), slope, 5e-3 * Math.sqrt(norm));
        }
    }
}
