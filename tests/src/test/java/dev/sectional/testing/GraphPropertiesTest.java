package dev.sectional.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.attribution.Attribution;
import dev.sectional.attribution.LayerAccount;
import dev.sectional.attribution.PropagationMethod;
import dev.sectional.attribution.Target;
import dev.sectional.attribution.Verification;
import dev.sectional.attribution.method.Gradients;
import dev.sectional.attribution.method.Lrp;
import dev.sectional.attribution.method.Methods;
import dev.sectional.core.Engine;
import dev.sectional.core.Provider;
import dev.sectional.core.Tensor;
import dev.sectional.laws.NetworkPlan;
import dev.sectional.laws.Values;
import dev.sectional.nn.Network;
import dev.sectional.nn.rule.Composite;
import dev.sectional.nn.rule.Rules;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Properties of whole methods on random graphs with residual sums, concatenations and overlapping poolings. */
class GraphPropertiesTest {
    private interface Trial {
        void run(Network network, Tensor image);
    }

    private static void onGraph(NetworkPlan plan, long seed, Trial trial) {
        try (Engine engine = Engine.open(Provider.configured(), 2); Network network = plan.build(engine)) {
            trial.run(network, Values.SIGNED.tensor(network.inputShape(), new Random(seed)));
        }
    }

    @Provide
    Arbitrary<NetworkPlan> networks() {
        return NetworkPlan.any();
    }

    @Provide
    Arbitrary<NetworkPlan> networksWithoutBiases() {
        return NetworkPlan.chains().map(NetworkPlan::withoutBiases);
    }

    /** Generates every method that propagates relevance from layer to layer. */
    @Provide
    Arbitrary<PropagationMethod> propagations() {
        List<PropagationMethod> all = new ArrayList<>();
        for (Methods.Entry entry : Methods.all()) {
            if (entry.method() instanceof PropagationMethod propagation) {
                all.add(propagation);
            }
        }
        all.add(Lrp.of(Composite.uniform("w^2", Rules.wSquare())));
        all.add((PropagationMethod) Methods.named("rsp:purge=true"));
        return Arbitraries.of(all);
    }

    @Property(tries = 300)
    void eachLayerConservesAndScales(@ForAll("networks") NetworkPlan plan, @ForAll long seed,
            @ForAll("propagations") PropagationMethod method) {
        onGraph(plan, seed, (network, image) -> {
            List<Verification.Check> checks = Verification.of(network, method, image, seed);
            assertTrue(checks.size() >= 2);
            for (Verification.Check check : checks) {
                assertTrue(check.conserves(1e-5), () -> method.name() + ": " + check);
                assertTrue(check.scales(1e-4), () -> method.name() + ": " + check);
            }
        });
    }

    /**
     * The relevance at the image is the start relevance minus what the layers absorb; relevance of branches adds up.
     */
    @Property(tries = 300)
    void theImageReceivesAllThatLayersDoNotAbsorb(@ForAll("networks") NetworkPlan plan, @ForAll long seed,
            @ForAll("propagations") PropagationMethod method) {
        onGraph(plan, seed, (network, image) -> {
            Attribution attribution = method.explain(network, image, Target.top(1));
            double expected = attribution.start().sum();
            double scale = attribution.relevance().sumOfAbsolutes();
            for (LayerAccount layer : attribution.layers()) {
                expected -= layer.absorbed().total();
                scale = Math.max(scale, layer.sumOfAbsolutes());
            }
            assertEquals(expected, attribution.relevance().sum(), 1e-5 * scale, method.name());
        });
    }

    /** A ReLU network without biases is piecewise linear through 0: the gradient times the image sums to the logit. */
    @Property(tries = 60)
    void gradientTimesInputSumsToTheLogit(@ForAll("networksWithoutBiases") NetworkPlan plan, @ForAll long seed) {
        onGraph(plan, seed, (network, image) -> {
            Attribution product = Gradients.timesInput().explain(network, image, Target.top(1));
            assertEquals(product.logit(), product.relevance().sum(), 1e-4 * product.relevance().sumOfAbsolutes());
        });
    }
}
