package dev.sectional.laws;

import static dev.sectional.laws.RuleProperty.ALL_AT_ONCE;
import static dev.sectional.laws.RuleProperty.CHANNEL_PERMUTATION;
import static dev.sectional.laws.RuleProperty.CONSERVATION;
import static dev.sectional.laws.RuleProperty.DECLARED_ABSORPTION;
import static dev.sectional.laws.RuleProperty.FINITE;
import static dev.sectional.laws.RuleProperty.HOMOGENEITY;
import static dev.sectional.laws.RuleProperty.INPUTS_UNTOUCHED;
import static dev.sectional.laws.RuleProperty.LOCALITY;
import static dev.sectional.laws.RuleProperty.NOTHING_FROM_NOTHING;
import static dev.sectional.laws.RuleProperty.REFERENCE;
import static dev.sectional.laws.RuleProperty.REPEATABLE;
import static dev.sectional.laws.RuleProperty.SIGN;
import static dev.sectional.laws.RuleProperty.THREADS;
import static dev.sectional.laws.RuleProperty.TRANSLATION;

import dev.sectional.core.Engine;
import dev.sectional.core.Tensor;
import dev.sectional.nn.rule.Propagated;
import dev.sectional.nn.rule.Rule;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.AfterProperty;

/**
 * Verifies a relevance rule: the properties of {@link RuleProperty}. Extend this class, name the rule and the layers to
 * try it on, declare what it absorbs, and run the class with jqwik. A failed property prints the smallest case that
 * jqwik finds.
 *
 * <pre>{@code
 * class MyRuleTest extends RuleProperties {
 *     protected Rule rule() { return new MyRule(); }
 *     protected Arbitrary<Case> cases() { return Cases.convolutions(Values.POSITIVE, Values.SPARSE); }
 *     protected Set<Absorption> absorbs() { return Set.of(Absorption.BIAS, Absorption.DEAD_POSITIONS); }
 * }
 * }</pre>
 */
public abstract class RuleProperties extends OnTwoEngines {
    private static final float[] FACTORS = {0.25f, 8f, 0x1p-40f, 0x1p40f};
    /** Cases of this property to which it applied, and to which it did not. */
    private int checked;
    private int skipped;

    /** {@return the rule to verify} */
    protected abstract Rule rule();

    /**
     * Generates layers that the rule supports, with inputs and relevance.
     *
     * @return cases of layers that the rule fits
     */
    @Provide
    protected abstract Arbitrary<Case> cases();

    /** {@return the components of absorbed relevance that the rule may have} By default it has none. */
    protected Set<Absorption> absorbs() {
        return Set.of();
    }

    /** {@return whether relevance of one sign never turns into the other one} By default it may. */
    protected boolean keepsSign() {
        return false;
    }

    /** {@return what to compare the rule with; by default nothing} */
    protected Optional<Reference> reference() {
        return Optional.empty();
    }

    /**
     * {@return a case that float32 can follow, such as one without relevance where a rule divides by almost 0}
     *
     * @param sample of the rule
     */
    protected Case comparable(Case sample) {
        return sample;
    }

    /**
     * {@return the tolerance of {@code sum|c - reference|}, relative to the sum of absolute relevance at the output or
     * at the input, whichever is greater: shares of both signs may cancel at the input, their rounding errors do not}
     */
    protected double agreement() {
        return 2e-6;
    }

    /** {@return properties that the rule does not have, by design} Say in a comment why. */
    protected Set<RuleProperty> exceptions() {
        return Set.of();
    }

    /** {@return the tolerance of sums and elements, relative to the sum of absolute relevance} */
    protected double tolerance() {
        return 1e-5;
    }

    /** {@return an engine with two threads for further properties} */
    protected static Engine engine() {
        return two;
    }

    /** Fails if a property was due and no case let it be checked: silence would look like success. */
    @AfterProperty
    void requireChecks() {
        if (skipped > 0 && checked == 0) {
            throw new AssertionError("none of " + skipped + " cases could be checked: generate layers that the"
                    + " property applies to, or name the property in exceptions() and say why");
        }
    }

    private boolean due(RuleProperty property, boolean applies) {
        if (exceptions().contains(property)) {
            return false;
        }
        checked += applies ? 1 : 0;
        skipped += applies ? 0 : 1;
        return applies;
    }

    private Propagated propagate(Case sample) {
        Propagated propagated = rule().propagate(two, sample.layer(), sample.xs(), sample.r());
        return propagated.requireShapesOf(sample.xs(), rule().name(), sample.layer().kind());
    }

    private static Tensor map(Tensor values, DoubleUnaryOperator function) {
        Tensor result = values.copy();
        for (int i = 0; i < result.data().length; i++) {
            result.data()[i] = (float) function.applyAsDouble(result.data()[i]);
        }
        return result;
    }

    private static double scale(Case sample, Propagated propagated) {
        return Math.max(sample.r().sumOfAbsolutes(), propagated.sumOfAbsolutes());
    }

    private String title(RuleProperty property) {
        return property + " of rule " + rule().name();
    }

    @Property(tries = 100)
    void conserves(@ForAll("cases") Case given) {
        if (due(CONSERVATION, true)) {
            Case sample = comparable(given);
            Propagated propagated = propagate(sample);
            Difference.requireClose(title(CONSERVATION), sample, "sum(c)", sample.r().sum()
                    - propagated.absorbed().total(), propagated.sum(), tolerance() * scale(sample, propagated));
        }
    }

    @Property(tries = 50)
    void scalesWithRelevance(@ForAll("cases") Case sample) {
        if (!due(HOMOGENEITY, true)) {
            return;
        }
        Propagated whole = propagate(sample);
        float[] plain = Difference.joined(whole);
        for (float factor : FACTORS) {
            float[] scaled = Difference.joined(propagate(sample.with(map(sample.r(), value -> value * factor))));
            for (int i = 0; i < scaled.length; i++) {
                Difference.requireClose(title(HOMOGENEITY) + " for a = " + factor, sample, "element " + i + " / a",
                        plain[i], scaled[i] / factor, tolerance() * whole.sumOfAbsolutes() + 1e-30);
            }
        }
    }

    @Property(tries = 30)
    void propagatesAllAtOnceLikeOneByOne(@ForAll("cases") Case sample) {
        if (!due(ALL_AT_ONCE, true)) {
            return;
        }
        List<Tensor> rs = List.of(sample.r(), map(sample.r(), value -> -2 * value),
                Tensor.zeros(sample.r().shape()), map(sample.r(), value -> Math.max(value, 0)));
        List<Propagated> all = rule().propagateAll(two, sample.layer(), sample.xs(), rs);
        if (all.size() != rs.size()) {
            throw Difference.failure(title(ALL_AT_ONCE), all.size() + " results for " + rs.size(), sample);
        }
        for (int i = 0; i < rs.size(); i++) {
            Case single = sample.with(rs.get(i));
            Propagated alone = propagate(single);
            Difference.requireSameBits(title(ALL_AT_ONCE) + ", relevance number " + i, single,
                    Difference.joined(alone), Difference.joined(all.get(i)));
            if (!alone.absorbed().equals(all.get(i).absorbed())) {
                throw Difference.failure(title(ALL_AT_ONCE), "absorbs " + all.get(i).absorbed() + ", alone "
                        + alone.absorbed(), single);
            }
        }
    }

    @Property(tries = 50)
    void staysFinite(@ForAll("cases") Case sample) {
        if (due(FINITE, true)) {
            float[] values = Difference.joined(propagate(sample));
            for (int i = 0; i < values.length; i++) {
                if (!Float.isFinite(values[i])) {
                    throw Difference.failure(title(FINITE), "element " + i + " is " + values[i], sample);
                }
            }
        }
    }

    @Property(tries = 50)
    void leavesItsInputsAlone(@ForAll("cases") Case sample) {
        if (due(INPUTS_UNTOUCHED, true)) {
            float[] xs = Difference.joined(sample.xs());
            float[] r = sample.r().data().clone();
            propagate(sample);
            Difference.requireSameBits(title(INPUTS_UNTOUCHED) + " for x", sample, xs,
                    Difference.joined(sample.xs()));
            Difference.requireSameBits(title(INPUTS_UNTOUCHED) + " for r", sample, r, sample.r().data());
        }
    }

    @Property(tries = 30)
    void noRelevanceGivesNone(@ForAll("cases") Case sample) {
        if (due(NOTHING_FROM_NOTHING, true)) {
            Case none = sample.with(Tensor.zeros(sample.r().shape()));
            Difference.requireClose(title(NOTHING_FROM_NOTHING), none, "sum|c|", 0, propagate(none).sumOfAbsolutes(),
                    0);
        }
    }

    @Property(tries = 30)
    void bitsDoNotDependOnThreads(@ForAll("cases") Case sample) {
        if (due(THREADS, true)) {
            Difference.requireSameBits(title(THREADS) + " for 1 and 2 threads", sample,
                    Difference.joined(rule().propagate(one, sample.layer(), sample.xs(), sample.r())),
                    Difference.joined(propagate(sample)));
        }
    }

    @Property(tries = 30)
    void repeatsItsResults(@ForAll("cases") Case sample) {
        if (!due(REPEATABLE, true)) {
            return;
        }
        Propagated first = propagate(sample);
        float[] kept = Difference.joined(first).clone();
        propagate(sample.with(map(sample.r(), value -> 1 - value)));
        Difference.requireSameBits(title(REPEATABLE) + ": a later call changed the result", sample, kept,
                Difference.joined(first));
        Difference.requireSameBits(title(REPEATABLE) + ": the same call", sample, kept,
                Difference.joined(propagate(sample)));
    }

    @Property(tries = 30)
    void staysInTheReceptiveField(@ForAll("cases") Case sample, @ForAll("positions") double position) {
        if (!due(LOCALITY, sample.r().data().length > 0)) {
            return;
        }
        int output = (int) (position * sample.r().data().length);
        Tensor r = Tensor.zeros(sample.r().shape());
        r.data()[output] = 1;
        Case single = sample.with(r);
        Locality locality = new Locality(two, single);
        Propagated propagated = propagate(single);
        double least = tolerance() * scale(single, propagated);
        for (int input = 0; input < single.xs().size(); input++) {
            float[] c = propagated.relevances().get(input).data();
            for (int i = 0; i < c.length; i++) {
                if (Math.abs(c[i]) > least && !locality.depends(input, i, output)) {
                    throw Difference.failure(title(LOCALITY), "output " + output + " does not depend on element " + i
                            + " of input " + input + ", which receives " + c[i], single);
                }
            }
        }
    }

    /** Generates relative positions of elements, 0 to below 1. */
    @Provide
    Arbitrary<Double> positions() {
        return Arbitraries.doubles().between(0, true, 1, false);
    }

    @Property(tries = 15)
    void movesWithItsInput(@ForAll("cases") Case sample) {
        if (!due(TRANSLATION, Moved.applies(sample))) {
            return;
        }
        Moved moved = new Moved(sample);
        Case here = moved.at(0);
        Propagated before = propagate(here);
        Propagated after = propagate(moved.at(1));
        for (int input = 0; input < sample.xs().size(); input++) {
            double difference = moved.difference(before.relevances().get(input), after.relevances().get(input));
            Difference.requireClose(title(TRANSLATION), sample, "greatest change of relevance that moves by "
                    + sample.steps().orElseThrow(), 0, difference, tolerance() * scale(here, before));
        }
    }

    @Property(tries = 60)
    void absorbsWhatItDeclares(@ForAll("cases") Case sample) {
        if (!due(DECLARED_ABSORPTION, true)) {
            return;
        }
        Propagated propagated = propagate(sample);
        double least = tolerance() * scale(sample, propagated);
        for (Absorption kind : Absorption.values()) {
            boolean allowed = absorbs().contains(kind) && (kind != Absorption.BIAS || sample.hasBias());
            Difference.requireClose(title(DECLARED_ABSORPTION), sample, kind + ", which "
                    + (absorbs().contains(kind) ? "a layer without bias cannot have" : "absorbs() does not name"), 0,
                    allowed ? 0 : kind.of(propagated.absorbed()), least);
        }
    }

    @Property(tries = 40)
    void permutesChannels(@ForAll("cases") Case given) {
        Case sample = comparable(given);
        Optional<Case> permuted = Permutation.of(sample);
        if (due(CHANNEL_PERMUTATION, permuted.isPresent())) {
            Propagated plain = propagate(sample);
            float[] wanted = Difference.joined(Permutation.reversed(plain.relevances()));
            float[] got = Difference.joined(propagate(permuted.orElseThrow()));
            double apart = 2 * Math.max(tolerance(), agreement());   // sums in another order: both may be so far off
            for (int i = 0; i < wanted.length; i++) {
                Difference.requireClose(title(CHANNEL_PERMUTATION), sample, "element " + i + " with reversed channels",
                        wanted[i], got[i], apart * scale(sample, plain));
            }
        }
    }

    @Property(tries = 60)
    void neverTurnsASign(@ForAll("cases") Case sample) {
        if (!keepsSign() || !due(SIGN, true)) {
            return;
        }
        for (int sign : new int[] {1, -1}) {
            Case oneSign = sample.with(map(sample.r(), value -> sign * Math.abs(value)));
            Propagated propagated = propagate(oneSign);
            float[] values = Difference.joined(propagated);
            double least = tolerance() * scale(oneSign, propagated);
            int turned = IntStream.range(0, values.length).filter(i -> sign * values[i] < -least).findFirst()
                    .orElse(-1);
            if (turned >= 0) {
                throw Difference.failure(title(SIGN), "element " + turned + " is " + values[turned], oneSign);
            }
        }
    }

    @Property(tries = 100)
    void agreesWithItsReference(@ForAll("cases") Case given) {
        if (reference().isEmpty() || !due(REFERENCE, true)) {
            return;
        }
        Case sample = comparable(given);
        double[] wanted = reference().orElseThrow().relevance(two, sample);
        float[] got = Difference.joined(propagate(sample));
        double[] differences = IntStream.range(0, wanted.length).mapToDouble(i -> got[i] - wanted[i]).toArray();
        double scale = Math.max(sample.r().sumOfAbsolutes(), Difference.sumOfAbsolutes(wanted));
        Difference.requireClose(title(REFERENCE), sample, "sum|c - reference|", 0,
                Difference.sumOfAbsolutes(differences), agreement() * scale);
    }
}
