package dev.sectional.testing;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.Engine;
import dev.sectional.core.Provider;
import dev.sectional.core.Tensor;
import dev.sectional.nn.rules.Handed;
import dev.sectional.nn.rules.Rule;
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

    private Handed apply(Samples.Case sample, Tensor r) {
        return rule().apply(two, sample.layer(), sample.x(), r);
    }

    @Property(tries = 100)
    void conserves(@ForAll("cases") Samples.Case sample) {
        Handed handed = apply(sample, sample.r());
        double scale = Math.max(sample.r().sumOfAbsolutes(), handed.relevance().sumOfAbsolutes());
        assertEquals(sample.x().shape(), handed.relevance().shape());
        assertEquals(sample.r().sum() - handed.lost().total(), handed.relevance().sum(), tolerance() * scale, () -> rule().name() + " on " + sample);
    }

    @Property(tries = 50)
    void scalesWithRelevance(@ForAll("cases") Samples.Case sample) {
        for (float factor : new float[] {0.25f, 8f, 0x1p-40f, 0x1p40f}) {
            Tensor scaled = sample.r().copy();
            for (int i = 0; i < scaled.data().length; i++) {
                scaled.data()[i] *= factor;
            }
            float[] plain = apply(sample, sample.r()).relevance().data();
            float[] handed = apply(sample, scaled).relevance().data();
            double greatest = apply(sample, sample.r()).relevance().sumOfAbsolutes() + 1e-30;
            for (int i = 0; i < handed.length; i++) {
                assertEquals(plain[i], handed[i] / factor, tolerance() * greatest, "factor " + factor + ", " + sample);
            }
        }
    }

    @Property(tries = 50)
    void staysFiniteAndLeavesItsInputsAlone(@ForAll("cases") Samples.Case sample) {
        float[] x = sample.x().data().clone();
        float[] r = sample.r().data().clone();
        for (float value : apply(sample, sample.r()).relevance().data()) {
            assertTrue(Float.isFinite(value), () -> "value " + value + " on " + sample);
        }
        assertArrayEquals(x, sample.x().data());
        assertArrayEquals(r, sample.r().data());
    }

    @Property(tries = 30)
    void noRelevanceGivesNone(@ForAll("cases") Samples.Case sample) {
        assertEquals(0, apply(sample, Tensor.zeros(sample.r().shape())).relevance().sumOfAbsolutes());
    }

    @Property(tries = 30)
    void bitsDoNotDependOnThreads(@ForAll("cases") Samples.Case sample) {
        assertArrayEquals(rule().apply(one, sample.layer(), sample.x(), sample.r()).relevance().data(), apply(sample, sample.r()).relevance().data());
    }
}
