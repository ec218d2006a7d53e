package dev.sectional.testing;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.Engine;
import dev.sectional.core.Provider;
import dev.sectional.core.Tensor;
import dev.sectional.nn.rule.Propagated;
import dev.sectional.nn.rule.Rule;
import java.util.List;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/**
 * Properties that every relevance rule holds: conservation, homogeneity, finite results, untouched inputs, and bits
 * that do not depend on threads. To verify a rule of your own, extend this class, name the rule and the layers to try
 * it on, and run it with jqwik.
 */
public abstract class RuleProperties {
    /** Engines with one and two threads, whose results must be equal bit by bit. */
    private static Engine one;
    private static Engine two;

    @BeforeContainer
    static void open() {
        one = Engine.open(Provider.configured(), 1);
        two = Engine.open(Provider.configured(), 2);
    }

    @AfterContainer
    static void close() {
        one.close();
        two.close();
    }

    /** Returns the rule to verify. */
    protected abstract Rule rule();

    /** Generates layers that the rule supports, with inputs and relevance. */
    @Provide
    protected abstract Arbitrary<Samples.Case> cases();

    /** Returns the greatest residual of conservation, relative to the sum of absolute relevance. */
    protected double tolerance() {
        return 1e-5;
    }

    /** Returns an engine with two threads for further properties. */
    protected static Engine engine() {
        return two;
    }

    private Propagated propagate(Samples.Case sample, Tensor r) {
        return rule().propagate(two, sample.layer(), sample.xs(), r);
    }

    /** Returns the relevance at all inputs, one input after the other. */
    private static float[] values(Propagated propagated) {
        float[] all = new float[propagated.relevances().stream().mapToInt(relevance -> relevance.data().length).sum()];
        int at = 0;
        for (Tensor relevance : propagated.relevances()) {
            System.arraycopy(relevance.data(), 0, all, at, relevance.data().length);
            at += relevance.data().length;
        }
        return all;
    }

    @Property(tries = 100)
    void conserves(@ForAll("cases") Samples.Case sample) {
        Propagated propagated = propagate(sample, sample.r());
        double scale = Math.max(sample.r().sumOfAbsolutes(), propagated.sumOfAbsolutes());
        assertEquals(sample.xs().stream().map(Tensor::shape).toList(), propagated.relevances().stream()
                .map(Tensor::shape).toList());
        assertEquals(sample.r().sum() - propagated.absorbed().total(), propagated.sum(), tolerance() * scale, () ->
                rule().name() + " on " + sample);
    }

    @Property(tries = 50)
    void scalesWithRelevance(@ForAll("cases") Samples.Case sample) {
        for (float factor : new float[] {0.25f, 8f, 0x1p-40f, 0x1p40f}) {
            Tensor scaled = sample.r().copy();
            for (int i = 0; i < scaled.data().length; i++) {
                scaled.data()[i] *= factor;
            }
            Propagated whole = propagate(sample, sample.r());
            float[] plain = values(whole);
            float[] propagated = values(propagate(sample, scaled));
            for (int i = 0; i < propagated.length; i++) {
                assertEquals(plain[i], propagated[i] / factor, tolerance() * whole.sumOfAbsolutes() + 1e-30, "factor "
                        + factor + ", " + sample);
            }
        }
    }

    @Property(tries = 50)
    void staysFiniteAndLeavesItsInputsAlone(@ForAll("cases") Samples.Case sample) {
        List<float[]> xs = sample.xs().stream().map(x -> x.data().clone()).toList();
        float[] r = sample.r().data().clone();
        for (float value : values(propagate(sample, sample.r()))) {
            assertTrue(Float.isFinite(value), () -> "element " + value + " on " + sample);
        }
        for (int i = 0; i < xs.size(); i++) {
            assertArrayEquals(xs.get(i), sample.xs().get(i).data());
        }
        assertArrayEquals(r, sample.r().data());
    }

    @Property(tries = 30)
    void noRelevanceGivesNone(@ForAll("cases") Samples.Case sample) {
        assertEquals(0, propagate(sample, Tensor.zeros(sample.r().shape())).sumOfAbsolutes());
    }

    @Property(tries = 30)
    void bitsDoNotDependOnThreads(@ForAll("cases") Samples.Case sample) {
        assertArrayEquals(values(rule().propagate(one, sample.layer(), sample.xs(), sample.r())),
                values(propagate(sample, sample.r())));
    }
}
