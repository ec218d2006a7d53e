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
 * What every relevance rule keeps. To verify a rule of your own, extend this class, name the rule and the layers to try it
 * on, and run it with jqwik.
 */
public abstract class RuleLaws {
    /** One thread and two: their results are compared bit by bit. */
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

    /** The rule. */
    protected abstract Rule rule();

    /** Layers that the rule fits, with inputs and relevance. */
    @Provide
    protected abstract Arbitrary<Samples.Case> cases();

    /** How far conservation may be missed, of the sum of absolute relevance. */
    protected double tolerance() {
        return 1e-5;
    }

    /** An engine for further properties. */
    protected static Engine engine() {
        return two;
    }

    private Propagated propagate(Samples.Case sample, Tensor r) {
        return rule().propagate(two, sample.layer(), sample.xs(), r);
    }

    /** What was handed to all inputs, one after the other. */
    private static float[] values(Propagated handed) {
        float[] all = new float[handed.relevances().stream().mapToInt(relevance -> relevance.data().length).sum()];
        int at = 0;
        for (Tensor relevance : handed.relevances()) {
            System.arraycopy(relevance.data(), 0, all, at, relevance.data().length);
            at += relevance.data().length;
        }
        return all;
    }

    @Property(tries = 100)
    void conserves(@ForAll("cases") Samples.Case sample) {
        Propagated handed = propagate(sample, sample.r());
        double scale = Math.max(sample.r().sumOfAbsolutes(), handed.sumOfAbsolutes());
        assertEquals(sample.xs().stream().map(Tensor::shape).toList(), handed.relevances().stream().map(Tensor::shape).toList());
        assertEquals(sample.r().sum() - handed.absorbed().total(), handed.sum(), tolerance() * scale, () -> rule().name() + " on " + sample);
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
            float[] handed = values(propagate(sample, scaled));
            for (int i = 0; i < handed.length; i++) {
                assertEquals(plain[i], handed[i] / factor, tolerance() * whole.sumOfAbsolutes() + 1e-30, "factor " + factor + ", " + sample);
            }
        }
    }

    @Property(tries = 50)
    void staysFiniteAndLeavesItsInputsAlone(@ForAll("cases") Samples.Case sample) {
        List<float[]> xs = sample.xs().stream().map(x -> x.data().clone()).toList();
        float[] r = sample.r().data().clone();
        for (float value : values(propagate(sample, sample.r()))) {
            assertTrue(Float.isFinite(value), () -> "value " + value + " on " + sample);
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
        assertArrayEquals(values(rule().propagate(one, sample.layer(), sample.xs(), sample.r())), values(propagate(sample, sample.r())));
    }
}
