package dev.sectional.nn.rule.rsp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sectional.core.ConvolutionGeometry;
import dev.sectional.core.Engine;
import dev.sectional.core.Provider;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.nn.layer.Conv2d;
import dev.sectional.nn.plan.AlgorithmPlanner;
import dev.sectional.nn.plan.RelevanceAlgorithm;
import dev.sectional.nn.rule.Propagated;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The algorithms of RSP's rule against float64, value by value, on activations of which nine in ten are 0. Each
 * value must lie within the bound of its own rounding error that {@link RspReference} derives.
 */
class RspAlgorithmsTest {
    private static final ConvolutionGeometry PADDED = ConvolutionGeometry.of(3, 3, 1, 1);

    /** Least factor of weak inputs at which Winograd's values are compared: 400 seeds reach 0.26 of the bound there. */
    private static final float LEAST_FOR_WINOGRAD = 1e-2f;

    /** Sizes at which the planner chooses Winograd. */
    @Tag("exhaustive")
    @Test
    void everyAlgorithmIsWithinItsRoundingErrorAtLargeSizes() {
        for (int seed = 0; seed < 2; seed++) {
            check(new Random(seed), Shape.of(56, 56, 64), 64, PADDED, 1);
            check(new Random(seed), Shape.of(30, 28, 128), 128, PADDED, 1);
        }
    }

    @Test
    void everyAlgorithmIsWithinItsRoundingErrorAtOneSmallSize() {
        check(new Random(1), Shape.of(9, 11, 20), 37, PADDED, 1);
        check(new Random(2), Shape.of(7, 6, 20), 24, PADDED, 1e-2f);
    }

    /** Far smaller sizes, where single values decide and cancel. */
    @net.jqwik.api.Tag("exhaustive")
    @Property(tries = 40)
    void everyAlgorithmIsWithinItsRoundingErrorAtSmallSizes(
            @ForAll long seed, @ForAll @IntRange(min = 16, max = 40) int channels,
            @ForAll @IntRange(min = 1, max = 70) int outputs,
            @ForAll @IntRange(min = 3, max = 14) int height, @ForAll @IntRange(min = 3, max = 14) int width,
            @ForAll @IntRange(min = 0, max = 2) int padding) {
        check(new Random(seed), Shape.of(height, width, channels), outputs, ConvolutionGeometry.of(3, 3, 1, padding),
                1);
    }

    /**
     * A region weaker than its neighbours keeps its relevance: z is weaker by the square. At a ten-thousandth the
     * rounding errors of Winograd's filtering exceed z there: of 400 seeds three left the bound, by a factor of 4.5 at
     * most, so Winograd is held to the sum of dead relevance alone. The planner gives it no feature map this small.
     */
    @net.jqwik.api.Tag("exhaustive")
    @Property(tries = 20)
    void weakPositionsBesideStrongOnesKeepTheirRelevance(@ForAll long seed) {
        check(new Random(seed), Shape.of(12, 12, 20), 24, PADDED, 1e-2f);
        check(new Random(seed), Shape.of(12, 12, 20), 24, PADDED, 1e-4f);
    }

    @Tag("exhaustive")
    @Test
    void manyBlocksOfTiles() {
        check(new Random(1), Shape.of(70, 70, 20), 33, PADDED, 1);
    }

    /** @param weak factor of the inputs in the right half */
    private static void check(Random random, Shape shape, int outputs, ConvolutionGeometry geometry, float weak) {
        Tensor x = sparse(random, shape);
        for (int i = 0; i < x.data().length; i++) {
            x.data()[i] = Math.abs(x.data()[i]) * (i / shape.dim(2) % shape.dim(1) < shape.dim(1) / 2 ? 1 : weak);
        }
        Tensor r = sparse(random, geometry.outputShape(shape, outputs));
        RspReference reference = new RspReference(geometry, x, r);
        try (Engine engine = Engine.open(Provider.configured(), 2)) {
            Tensor weight = Tensor.zeros(Shape.of(outputs, shape.dim(2), 3, 3));
            Conv2d conv = Conv2d.of(weight).padding(geometry.rows().before());
            for (RelevanceAlgorithm each : RelevanceAlgorithm.values()) {
                try (RspAlgorithm algorithm = RspRule.algorithm(engine, conv, x, each)) {
                    RelevanceShares shares = algorithm.shares(r);
                    assertEquals(reference.dead(), shares.dead(), 1e-6 * r.sumOfAbsolutes(), each.label());
                    if (weak >= LEAST_FOR_WINOGRAD || each != RelevanceAlgorithm.WINOGRAD) {
                        requireWithinBounds(each, reference, x, shares.values());
                    }
                }
            }
        }
    }

    private static void requireWithinBounds(RelevanceAlgorithm algorithm, RspReference reference, Tensor x,
            Tensor shares) {
        for (int i = 0; i < x.data().length; i++) {
            double bound = reference.exactBound()[i]
                    + (algorithm == RelevanceAlgorithm.WINOGRAD ? reference.winogradBound()[i] : 0);
            double got = (double) shares.data()[i] * x.data()[i];
            int unit = i;
            assertEquals(reference.values()[i], got, bound, () -> algorithm.label() + " at " + unit + " of " + shares);
        }
    }

    private static Tensor sparse(Random random, Shape shape) {
        Tensor tensor = Tensor.zeros(shape);
        for (int i = 0; i < tensor.data().length; i++) {
            tensor.data()[i] = random.nextInt(10) == 0 ? (float) random.nextGaussian() : 0;
        }
        return tensor;
    }

    /** Several blocks of positions and panels of which the last are not full. */
    @Test
    void pointwiseEqualsDirect() {
        for (int stride = 1; stride <= 2; stride++) {
            Random random = new Random(stride);
            Shape shape = Shape.of(23, 31, 37);
            Tensor x = sparse(random, shape);
            for (int i = 0; i < x.data().length; i++) {
                x.data()[i] = Math.abs(x.data()[i]);
            }
            Conv2d conv = Conv2d.of(Tensor.zeros(Shape.of(45, 37, 1, 1))).stride(stride);
            Tensor r = sparse(random, conv.geometry().outputShape(shape, 45));
            try (Engine engine = Engine.open(Provider.configured(), 2)) {
                RelevanceShares wanted = new DirectRelevance(engine, conv, x).shares(r);
                for (var each : List.of(RelevanceAlgorithm.DIRECT, RelevanceAlgorithm.SPARSE)) {
                    try (RspAlgorithm pointwise = RspRule.algorithm(engine, conv, x, each)) {
                        assertEquals(PointwiseRelevance.class, pointwise.getClass());
                        requireEqual(wanted, pointwise.shares(r), x, r, 1e-6);
                    }
                }
            }
        }
    }

    /** Several blocks of outputs, whose filters do not fit the cache together, and several batches of nonzeros. */
    @Property(tries = 5)
    void sparsePointwiseEqualsDirectAtAnySize(@ForAll long seed, @ForAll @IntRange(min = 1, max = 600) int channels,
            @ForAll @IntRange(min = 1, max = 300) int outputs, @ForAll @IntRange(min = 1, max = 6) int height,
            @ForAll @IntRange(min = 1, max = 6) int width) {
        Random random = new Random(seed);
        Tensor x = sparse(random, Shape.of(height, width, channels));
        for (int i = 0; i < x.data().length; i++) {
            x.data()[i] = Math.abs(x.data()[i]);
        }
        Conv2d conv = Conv2d.of(Tensor.zeros(Shape.of(outputs, channels, 1, 1)));
        Tensor r = sparse(random, Shape.of(height, width, outputs));
        float[] before = null;
        for (int threads = 1; threads <= 3; threads += 2) {
            try (Engine engine = Engine.open(Provider.configured(), threads);
                 RspAlgorithm sparse = RspRule.algorithm(engine, conv, x, RelevanceAlgorithm.SPARSE)) {
                RelevanceShares got = sparse.shares(r);
                requireEqual(new DirectRelevance(engine, conv, x).shares(r), got, x, r, 1e-5);
                if (before != null) {
                    assertArrayEquals(before, got.values().data());
                }
                before = got.values().data();
            }
        }
    }

    /** Returns the relevance of one input. */
    static double at(RelevanceShares shares, Tensor x, int i) {
        return shares.values().data()[i] * (shares.multiplied() ? 1.0 : x.data()[i]);
    }

    private static void requireEqual(RelevanceShares wanted, RelevanceShares got, Tensor x, Tensor r,
                                     double tolerance) {
        assertEquals(wanted.dead(), got.dead(), 1e-6 * r.sumOfAbsolutes());
        double greatest = 0;
        for (float value : wanted.values().data()) {
            greatest = Math.max(greatest, Math.abs(value));
        }
        for (int i = 0; i < x.data().length; i++) {
            assertEquals(at(wanted, x, i), at(got, x, i), tolerance * greatest, "" + i);
        }
    }

    /** With relevance of one sign nothing cancels, so that each value is compared by itself. */
    @net.jqwik.api.Tag("exhaustive")
    @Property(tries = 60)
    void gramEqualsDirectForAnyStride(@ForAll long seed, @ForAll @IntRange(min = 1, max = 5) int kernel,
            @ForAll @IntRange(min = 1, max = 3) int stride, @ForAll @IntRange(min = 0, max = 2) int padding,
            @ForAll @IntRange(min = 5, max = 13) int height, @ForAll @IntRange(min = 5, max = 13) int width) {
        Random random = new Random(seed);
        ConvolutionGeometry geometry = ConvolutionGeometry.of(kernel, kernel, stride, padding);
        Shape shape = Shape.of(height, width, 1 + random.nextInt(20));
        Tensor x = sparse(random, shape);
        Tensor r = sparse(random, geometry.outputShape(shape, 1 + random.nextInt(40)));
        float sign = random.nextBoolean() ? 1 : -1;
        for (int i = 0; i < x.data().length; i++) {
            x.data()[i] = Math.abs(x.data()[i]);
        }
        for (int i = 0; i < r.data().length; i++) {
            r.data()[i] = sign * Math.abs(r.data()[i]);
        }
        Tensor weight = Tensor.zeros(Shape.of(r.shape().dim(2), shape.dim(2), kernel, kernel));
        Conv2d conv = Conv2d.of(weight).stride(stride).padding(padding);
        try (Engine engine = Engine.open(Provider.configured(), 2);
             RspAlgorithm direct = RspRule.algorithm(engine, conv, x, RelevanceAlgorithm.DIRECT);
             RspAlgorithm gram = RspRule.algorithm(engine, conv, x, RelevanceAlgorithm.GRAM)) {
            RelevanceShares wanted = direct.shares(r);
            RelevanceShares got = gram.shares(r);
            assertEquals(wanted.dead(), got.dead(), 1e-6 * r.sumOfAbsolutes());
            for (int i = 0; i < x.data().length; i++) {
                double value = at(wanted, x, i);
                assertEquals(value, at(got, x, i), 1e-5 * Math.abs(value), "" + i);
            }
        }
    }

    @Test
    void severalRelevancesAtOnceHaveTheBitsOfEachAlone() {
        Random random = new Random(5);
        Tensor x = sparse(random, Shape.of(8, 8, 64));
        List<Tensor> rs = List.of(sparse(random, Shape.of(8, 8, 64)), sparse(random, Shape.of(8, 8, 64)));
        Conv2d conv = Conv2d.of(Tensor.zeros(Shape.of(64, 64, 3, 3))).padding(1);
        try (Engine engine = Engine.open(Provider.configured(), 2)) {
            List<Propagated> together = new RspRule().propagateAll(engine, conv, x, rs);
            for (int i = 0; i < 2; i++) {
                assertArrayEquals(new RspRule().propagate(engine, conv, x, rs.get(i)).relevance().data(),
                        together.get(i).relevance().data());
            }
        }
    }

    /** The planner chooses for each relevance alone. */
    @Tag("exhaustive")
    @Test
    void aSparseRelevanceBesideADenseOneHasTheBitsOfItsOwn() {
        Random random = new Random(6);
        Shape shape = Shape.of(56, 56, 64);
        Tensor x = sparse(random, shape);
        Tensor dense = Tensor.zeros(shape);
        for (int i = 0; i < dense.data().length; i++) {
            dense.data()[i] = random.nextFloat() - 0.5f;
        }
        List<Tensor> rs = List.of(dense, sparse(random, shape));
        Conv2d conv = Conv2d.of(Tensor.zeros(Shape.of(64, 64, 3, 3))).padding(1);
        try (Engine engine = Engine.open(Provider.configured(), 2)) {
            assertEquals(RelevanceAlgorithm.WINOGRAD,
                    AlgorithmPlanner.of(engine).filterGradient(conv.shapeAt(shape), shape.size()));
            assertEquals(RelevanceAlgorithm.SPARSE,
                    AlgorithmPlanner.of(engine).filterGradient(conv.shapeAt(shape), shape.size() / 10));
            List<Propagated> together = new RspRule().propagateAll(engine, conv, x, rs);
            for (int i = 0; i < 2; i++) {
                assertArrayEquals(new RspRule().propagate(engine, conv, x, rs.get(i)).relevance().data(),
                        together.get(i).relevance().data());
            }
        }
    }
}
