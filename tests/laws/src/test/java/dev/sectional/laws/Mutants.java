package dev.sectional.laws;

import dev.sectional.attribution.Attribution;
import dev.sectional.attribution.Method;
import dev.sectional.attribution.Target;
import dev.sectional.attribution.image.Heatmap;
import dev.sectional.attribution.method.Lrp;
import dev.sectional.core.ConvolutionGeometry;
import dev.sectional.core.Engine;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.Window;
import dev.sectional.nn.Layer;
import dev.sectional.nn.Network;
import dev.sectional.nn.layer.Conv2d;
import dev.sectional.nn.layer.Linear;
import dev.sectional.nn.layer.MaxPool2d;
import dev.sectional.nn.rule.AbsorbedRelevance;
import dev.sectional.nn.rule.Composite;
import dev.sectional.nn.rule.Propagated;
import dev.sectional.nn.rule.Rule;
import dev.sectional.nn.rule.Rules;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;

/** Classes that verify faulty rules, layers, methods and scales. {@link MutantTest} runs them: each has to fail. */
final class Mutants {
    private Mutants() {
    }

    /** A faulty z+ on convolutions, declared as the right one is. */
    abstract static class OfZPlus extends RuleProperties {
        private final WrongRule rule;

        OfZPlus(WrongRule rule) {
            this.rule = rule;
        }

        @Override
        protected Rule rule() {
            return rule;
        }

        @Override
        protected Arbitrary<Case> cases() {
            return Cases.convolutions(Values.POSITIVE, Values.SIGNED);
        }

        @Override
        protected Set<Absorption> absorbs() {
            return Set.of(Absorption.STABILISER, Absorption.DEAD_POSITIONS);
        }

        @Override
        protected boolean keepsSign() {
            return true;
        }
    }

    static class WithholdsAll extends OfZPlus {
        WithholdsAll() {
            super(WrongRule.WITHHOLDS_ALL);
        }
    }

    static class HalvesAndDeclaresIt extends OfZPlus {
        HalvesAndDeclaresIt() {
            super(WrongRule.HALVES_AND_DECLARES_IT);
        }
    }

    static class MirrorsPositions extends OfZPlus {
        MirrorsPositions() {
            super(WrongRule.MIRRORS_POSITIONS);
        }
    }

    static class DiffersForMany extends OfZPlus {
        DiffersForMany() {
            super(WrongRule.DIFFERS_FOR_MANY);
        }
    }

    static class StaleBuffer extends OfZPlus {
        StaleBuffer() {
            super(WrongRule.STALE_BUFFER);
        }
    }

    static class ChangesItsInput extends OfZPlus {
        ChangesItsInput() {
            super(WrongRule.CHANGES_ITS_INPUT);
        }
    }

    static class SquaresRelevance extends OfZPlus {
        SquaresRelevance() {
            super(WrongRule.SQUARES_RELEVANCE);
        }
    }

    static class AddsAConstant extends OfZPlus {
        AddsAConstant() {
            super(WrongRule.ADDS_A_CONSTANT);
        }
    }

    static class GivesAllToTheLastChannel extends OfZPlus {
        GivesAllToTheLastChannel() {
            super(WrongRule.GIVES_ALL_TO_THE_LAST_CHANNEL);
        }
    }

    static class TurnsASign extends OfZPlus {
        TurnsASign() {
            super(WrongRule.TURNS_A_SIGN);
        }
    }

    /** LRP-epsilon with a fault in the formula. */
    abstract static class OfEpsilon extends RuleProperties {
        private final Rule rule;

        OfEpsilon(Rule rule) {
            this.rule = rule;
        }

        @Override
        protected Rule rule() {
            return rule;
        }

        @Override
        protected Arbitrary<Case> cases() {
            return Cases.convolutions(Values.SIGNED);
        }

        @Override
        protected Optional<Reference> reference() {
            return Optional.of(Reference.of(Rules.epsilon(1e-6)));
        }

        @Override
        protected double agreement() {
            return 0.01;
        }
    }

    static class WrongSignAtZero extends OfEpsilon {
        WrongSignAtZero() {
            super(new WrongFormula(true, false));
        }
    }

    static class BiasTwice extends OfEpsilon {
        BiasTwice() {
            super(new WrongFormula(false, true));
        }
    }

    /** Max pooling that gives relevance to the last of equal inputs. */
    static class PoolingTie extends RuleProperties {
        private static final class LastOfEquals implements Rule {
            @Override
            public String name() {
                return "last of equals";
            }

            @Override
            public boolean fits(Layer layer) {
                return layer instanceof MaxPool2d;
            }

            @Override
            public Propagated propagate(Engine engine, Layer layer, Tensor x, Tensor r) {
                Tensor c = Tensor.zeros(x.shape());
                Window rows = ((MaxPool2d) layer).geometry().rows();
                Window columns = ((MaxPool2d) layer).geometry().columns();
                Shape output = r.shape();
                for (int i = 0; i < r.data().length; i++) {
                    int channel = i % output.dim(2);
                    int column = i / output.dim(2) % output.dim(1);
                    int row = i / output.dim(2) / output.dim(1);
                    int best = -1;
                    for (int k = 0; k < rows.size() * columns.size(); k++) {
                        int at = row * rows.stride() - rows.before() + k / columns.size();
                        int to = column * columns.stride() - columns.before() + k % columns.size();
                        int index = (at * x.shape().dim(1) + to) * x.shape().dim(2) + channel;
                        boolean inside = at >= 0 && to >= 0 && at < x.shape().dim(0) && to < x.shape().dim(1);
                        best = inside && (best < 0 || x.data()[index] >= x.data()[best]) ? index : best;
                    }
                    c.data()[best] += r.data()[i];
                }
                return new Propagated(c, AbsorbedRelevance.NONE);
            }
        }

        @Override
        protected Rule rule() {
            return new LastOfEquals();
        }

        @Override
        protected Arbitrary<Case> cases() {
            return Cases.maxPoolings();
        }

        @Override
        protected Optional<Reference> reference() {
            return Optional.of(Reference.of(Rules.winner()));
        }
    }

    /** A linear layer whose transposed operation uses the weights as they are. */
    static class TransposedWeights extends LayerProperties {
        @Override
        protected Arbitrary<Case> layers() {
            return Combinators.combine(Arbitraries.integers().between(1, 6), Draw.any()).as((n, draw) -> {
                Tensor weight = draw.signed(n, n);
                Tensor transposed = Tensor.zeros(weight.shape());
                IntStream.range(0, n * n).forEach(i -> transposed.data()[i % n * n + i / n] = weight.data()[i]);
                return new Case(new WrongLayer(Linear.of(weight), Linear.of(transposed)), draw.signed(n),
                        draw.signed(n)).from(draw);
            });
        }
    }

    /** A convolution whose transposed operation is off by one position. */
    static class PaddingOffByOne extends LayerProperties {
        @Override
        protected Arbitrary<Case> layers() {
            return Combinators.combine(Arbitraries.integers().between(2, 6), Draw.any()).as((side, draw) -> {
                Conv2d right = Conv2d.of(draw.signed(2, 1, 3, 3)).padding(1);
                ConvolutionGeometry shifted = new ConvolutionGeometry(new Window(3, 1, 2, 0, 1),
                        new Window(3, 1, 1, 1, 1));
                return new Case(new WrongLayer(right, right.geometry(shifted)), draw.signed(side, side, 1),
                        draw.signed(side, side, 2)).from(draw);
            });
        }
    }

    /** A layer of squares whose gradient lacks the factor 2. */
    static class HalfAGradient extends LayerProperties {
        private static final class Squares implements Layer {
            @Override
            public Shape outputShape(Shape input) {
                return input;
            }

            @Override
            public Tensor forward(Engine engine, Tensor x) {
                return product(x, x);
            }

            @Override
            public Tensor gradient(Engine engine, Tensor x, Tensor y, Tensor outputGradient) {
                return product(x, outputGradient);
            }

            private static Tensor product(Tensor a, Tensor b) {
                Tensor product = Tensor.zeros(a.shape());
                IntStream.range(0, product.data().length).forEach(i -> product.data()[i] = a.data()[i] * b.data()[i]);
                return product;
            }
        }

        @Override
        protected Arbitrary<Case> layers() {
            return Combinators.combine(Arbitraries.integers().between(1, 6), Draw.any()).as((n, draw) ->
                    new Case(new Squares(), draw.signed(n), draw.signed(n)).from(draw));
        }
    }

    /** A method that takes the last of the classes with the greatest logit for the top. */
    static class LastOfEqualTargets extends MethodProperties {
        @Override
        protected Method method() {
            Method right = Lrp.of(Composite.epsilonPlus());
            return new Method() {
                @Override
                public String name() {
                    return "last of equal targets";
                }

                @Override
                public List<Attribution> explainAll(Network network, Tensor image, List<Target> targets) {
                    float[] logits = network.logits(image).data();
                    int last = IntStream.range(0, logits.length).filter(i -> IntStream.range(0, logits.length)
                            .allMatch(j -> logits[j] <= logits[i])).max().orElseThrow();
                    return right.explainAll(network, image, targets.stream()
                            .map(target -> target.equals(Target.top(1)) ? Target.of(last) : target).toList());
                }
            };
        }
    }

    /** A composite whose rule withholds nothing but forgets a tenth of the relevance: no account adds up. */
    static class ForgetsATenth extends MethodProperties {
        @Override
        protected Method method() {
            Rule right = Rules.zPlus();
            return Lrp.of(Composite.uniform("forgets a tenth", new Rule() {
                @Override
                public String name() {
                    return "forgetful";
                }

                @Override
                public boolean fits(Layer layer) {
                    return right.fits(layer);
                }

                @Override
                public Propagated propagate(Engine engine, Layer layer, Tensor x, Tensor r) {
                    Propagated all = right.propagate(engine, layer, x, r);
                    Tensor c = all.relevance().copy();
                    IntStream.range(0, c.data().length).forEach(i -> c.data()[i] *= 0.9f);
                    return new Propagated(c, all.absorbed());
                }
            }));
        }
    }

    /** A scale whose percentile is one element too low. */
    static class PercentileOffByOne extends HeatmapProperties {
        @Override
        protected float[] scaled(Tensor relevance, double percentile) {
            float[] whole = Heatmap.of(relevance, 100).values();
            float[] sorted = whole.clone();
            IntStream.range(0, sorted.length).forEach(i -> sorted[i] = Math.abs(sorted[i]));
            Arrays.sort(sorted);
            int index = (int) Math.ceil(percentile / 100 * (sorted.length - 1));
            float scale = sorted[Math.max(0, index - 1)];
            IntStream.range(0, whole.length).forEach(i ->
                    whole[i] = scale == 0 ? whole[i] : Math.max(-1, Math.min(1, whole[i] / scale)));
            return whole;
        }
    }
}
