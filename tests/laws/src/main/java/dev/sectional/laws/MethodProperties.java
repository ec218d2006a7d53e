package dev.sectional.laws;

import static dev.sectional.laws.MethodProperty.ACCOUNT;
import static dev.sectional.laws.MethodProperty.ALL_AT_ONCE;
import static dev.sectional.laws.MethodProperty.FINITE;
import static dev.sectional.laws.MethodProperty.FIRST_OF_EQUALS;
import static dev.sectional.laws.MethodProperty.IMAGE_UNTOUCHED;
import static dev.sectional.laws.MethodProperty.LAYER_CONSERVATION;
import static dev.sectional.laws.MethodProperty.LAYER_HOMOGENEITY;
import static dev.sectional.laws.MethodProperty.REPEATABLE;
import static dev.sectional.laws.MethodProperty.THREADS;

import dev.sectional.attribution.Attribution;
import dev.sectional.attribution.LayerAccount;
import dev.sectional.attribution.Method;
import dev.sectional.attribution.PropagationMethod;
import dev.sectional.attribution.Target;
import dev.sectional.attribution.Verification;
import dev.sectional.core.Tensor;
import dev.sectional.nn.Network;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/**
 * Verifies a method on whole networks, or one network with a method: the properties of {@link MethodProperty}. Extend
 * this class, name the method, and run the class with jqwik. A counterexample is the description of the smallest
 * network that jqwik finds, with the seed of its image.
 *
 * <pre>{@code
 * class MyNetworkTest extends MethodProperties {
 *     private static final Network NETWORK = Models.load(Path.of("model.safetensors"));
 *     protected Method method() { return Lrp.of(Composite.epsilonPlus()); }
 *     protected Arbitrary<? extends NetworkSource> networks() { return Arbitraries.just(NetworkSource.of(NETWORK)); }
 * }
 * }</pre>
 */
public abstract class MethodProperties extends OnTwoEngines {
    /** {@return the method to verify} */
    protected abstract Method method();

    /**
     * Generates networks; by default those of {@link NetworkPlan#any}.
     *
     * @return plans, unless this method is overridden
     */
    @Provide
    protected Arbitrary<? extends NetworkSource> networks() {
        return NetworkPlan.any();
    }

    /**
     * Generates seeds of images.
     *
     * @return seeds of images
     */
    @Provide
    protected Arbitrary<Long> images() {
        return Arbitraries.longs().dontShrink();
    }

    /** {@return properties that the method does not have, by design} Say in a comment why. */
    protected Set<MethodProperty> exceptions() {
        return Set.of();
    }

    /** {@return the tolerance of sums, relative to the sum of absolute relevance} */
    protected double tolerance() {
        return 1e-5;
    }

    /**
     * {@return an image of a network: normally distributed, as normalised images are}
     *
     * @param network that takes the image
     * @param seed of its values
     */
    protected Tensor image(Network network, long seed) {
        return Verification.random(network.inputShape(), new Random(seed));
    }

    private void check(MethodProperty property, NetworkSource source, long seed, BiConsumer<Network, Tensor> check) {
        if (!exceptions().contains(property)) {
            source.with(two, network -> {
                check.accept(network, image(network, seed));
                return null;
            });
        }
    }

    private String title(MethodProperty property) {
        return property + " of method " + method().name();
    }

    private static String sample(NetworkSource source, long seed) {
        return source + "\n  image: seed " + seed;
    }

    @Property(tries = 40)
    void eachLayerConservesAndScales(@ForAll("networks") NetworkSource source, @ForAll("images") long seed) {
        if (!(method() instanceof PropagationMethod propagation)) {
            return;
        }
        check(LAYER_CONSERVATION, source, seed, (network, image) -> {
            List<Verification.Check> checks = Verification.of(network, propagation, image, seed);
            if (checks.isEmpty()) {
                throw Difference.failure(title(LAYER_CONSERVATION), "no layer was checked", sample(source, seed));
            }
            for (Verification.Check each : checks) {
                if (!each.conserves(tolerance())) {
                    throw Difference.failure(title(LAYER_CONSERVATION), each.toString(), sample(source, seed));
                }
                if (!exceptions().contains(LAYER_HOMOGENEITY) && !each.scales(10 * tolerance())) {
                    throw Difference.failure(title(LAYER_HOMOGENEITY), each.toString(), sample(source, seed));
                }
            }
        });
    }

    @Property(tries = 40)
    void theAccountAddsUp(@ForAll("networks") NetworkSource source, @ForAll("images") long seed) {
        if (!(method() instanceof PropagationMethod)) {
            return;
        }
        check(ACCOUNT, source, seed, (network, image) -> {
            Attribution attribution = method().explain(network, image, Target.top(1));
            double expected = attribution.start().sum();
            double scale = attribution.relevance().sumOfAbsolutes();
            for (LayerAccount layer : attribution.layers()) {
                expected -= layer.absorbed().total();
                scale = Math.max(scale, layer.sumOfAbsolutes());
            }
            Difference.requireClose(title(ACCOUNT), sample(source, seed), "sum(R)", expected,
                    attribution.relevance().sum(), tolerance() * scale);
        });
    }

    @Property(tries = 30)
    void staysFiniteAndLeavesTheImageAlone(@ForAll("networks") NetworkSource source, @ForAll("images") long seed) {
        check(FINITE, source, seed, (network, image) -> {
            float[] before = image.data().clone();
            Tensor relevance = method().explain(network, image, Target.top(1)).relevance();
            if (!exceptions().contains(IMAGE_UNTOUCHED)) {
                Difference.requireSameBits(title(IMAGE_UNTOUCHED), sample(source, seed), before, image.data());
            }
            int wrong = IntStream.range(0, relevance.data().length)
                    .filter(i -> !Float.isFinite(relevance.data()[i])).findFirst().orElse(-1);
            if (!relevance.shape().equals(image.shape()) || wrong >= 0) {
                throw Difference.failure(title(FINITE), "relevance has shape " + relevance.shape()
                        + (wrong < 0 ? "" : " and element " + wrong + " is " + relevance.data()[wrong]),
                        sample(source, seed));
            }
        });
    }

    @Property(tries = 30)
    void otherTargetsDoNotMatter(@ForAll("networks") NetworkSource source, @ForAll("images") long seed) {
        check(ALL_AT_ONCE, source, seed, (network, image) -> {
            int last = network.classes() - 1;
            List<Attribution> all = method().explainAll(network, image, List.of(Target.of(0), Target.of(last)));
            for (int i = 0; i < 2; i++) {
                Attribution alone = method().explain(network, image, Target.of(i == 0 ? 0 : last));
                Difference.requireSameBits(title(ALL_AT_ONCE) + ", target " + alone.target(), sample(source, seed),
                        alone.relevance().data(), all.get(i).relevance().data());
            }
        });
    }

    @Property(tries = 30)
    void bitsDependOnNothingElse(@ForAll("networks") NetworkSource source, @ForAll("images") long seed) {
        check(REPEATABLE, source, seed, (network, image) -> {
            Tensor first = method().explain(network, image, Target.of(0)).relevance();
            float[] kept = first.data().clone();
            method().explain(network, image(network, seed + 1), Target.of(network.classes() - 1));
            Difference.requireSameBits(title(REPEATABLE) + ": a later call changed the result", sample(source, seed),
                    kept, first.data());
            Difference.requireSameBits(title(REPEATABLE), sample(source, seed), kept,
                    method().explain(network, image, Target.of(0)).relevance().data());
            if (source.usesEngine() && !exceptions().contains(THREADS)) {
                Difference.requireSameBits(title(THREADS) + " for 1 and 2 threads", sample(source, seed),
                        source.with(one, other -> method().explain(other, image, Target.of(0)).relevance().data()),
                        kept);
            }
        });
    }

    @Property(tries = 20)
    void theFirstOfEqualLogitsIsTheTop(@ForAll("networks") NetworkSource source, @ForAll("images") long seed) {
        NetworkSource equal = source instanceof NetworkPlan plan ? plan.withEqualClasses() : source;
        check(FIRST_OF_EQUALS, equal, seed, (network, image) -> {
            Attribution top = method().explain(network, image, Target.top(1));
            float[] logits = top.logits().data();
            int first = IntStream.range(0, logits.length).filter(i -> IntStream.range(0, logits.length)
                    .allMatch(j -> logits[j] <= logits[i])).findFirst().orElse(-1);
            if (top.target() != first) {
                throw Difference.failure(title(FIRST_OF_EQUALS), "explained class " + top.target() + ", wanted "
                        + first, sample(equal, seed));
            }
        });
    }
}
