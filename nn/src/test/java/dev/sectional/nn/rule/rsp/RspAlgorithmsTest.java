package dev.sectional.nn.rule.rsp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

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
import org.junit.jupiter.api.Test;

/**
 * The four forms of RSP's rule against each other, place by place, on activations of which nine in ten are 0. Winograd's
 * rounding is relative to the greatest values of a tile: near the direct form's on a trained network's activations, more on these.
 */
class RspAlgorithmsTest {
    /** Sizes at which the rule is given to Winograd's form. */
    @Test
    void theFormsAgreePlaceByPlaceAtTheSizesOfTheChoice() {
        for (int seed = 0; seed < 2; seed++) {
            check(new Random(seed), Shape.of(56, 56, 64), 64, ConvolutionGeometry.of(3, 3, 1, 1), 1, 5e-5);
            check(new Random(seed), Shape.of(30, 28, 128), 128, ConvolutionGeometry.of(3, 3, 1, 1), 1, 5e-5);
        }
    }

    /** Far smaller ones, where single values decide and cancel: nothing is touched that should not be, nothing is far off. */
    @Property(tries = 40)
    void smallFormsAgreePlaceByPlace(@ForAll long seed, @ForAll @IntRange(min = 16, max = 40) int channels, @ForAll @IntRange(min = 1, max = 70) int outputs,
                                   @ForAll @IntRange(min = 3, max = 14) int height, @ForAll @IntRange(min = 3, max = 14) int width,
                                   @ForAll @IntRange(min = 0, max = 2) int padding) {
        check(new Random(seed), Shape.of(height, width, channels), outputs, ConvolutionGeometry.of(3, 3, 1, padding), 1, 5e-2);
    }

    /** A region a hundred times weaker than its neighbours, where z is ten thousand times weaker, is not drowned by them. */
    @Property(tries = 20)
    void weakPlacesBesideStrongOnesKeepTheirRelevance(@ForAll long seed) {
        check(new Random(seed), Shape.of(12, 12, 20), 24, ConvolutionGeometry.of(3, 3, 1, 1), 0.01f, 5e-2);
    }

    @Test
    void manyPiecesOfTiles() {
        check(new Random(1), Shape.of(70, 70, 20), 33, ConvolutionGeometry.of(3, 3, 1, 1), 1, 1e-5);
    }

    private static void check(Random random, Shape shape, int outputs, ConvolutionGeometry convolution, float weak, double tolerance) {
        Tensor x = sparse(random, shape);
        for (int i = 0; i < x.data().length; i++) {
            x.data()[i] = Math.abs(x.data()[i]) * (i / shape.dim(2) % shape.dim(1) < shape.dim(1) / 2 ? 1 : weak);
        }
        Shape output = convolution.outputShape(shape, outputs);
        Tensor r = sparse(random, output);
        try (Engine engine = Engine.open(Provider.configured(), 2)) {
            Conv2d conv = Conv2d.of(Tensor.zeros(Shape.of(outputs, shape.dim(2), 3, 3))).geometry(convolution);
            double[] dead = new double[4];
            Tensor direct = shares(RspRule.algorithm(engine, conv, x, RelevanceAlgorithm.DIRECT), x, r, dead, 0);
            Tensor winograd = shares(RspRule.algorithm(engine, conv, x, RelevanceAlgorithm.WINOGRAD), x, r, dead, 1);
            Tensor gram = shares(RspRule.algorithm(engine, conv, x, RelevanceAlgorithm.GRAM), x, r, dead, 2);
            Tensor sparse = shares(RspRule.algorithm(engine, conv, x, RelevanceAlgorithm.SPARSE), x, r, dead, 3);
            double scale = r.sumOfAbsolutes() + 1e-30;
            assertEquals(dead[0], dead[1], 1e-6 * scale);
            assertEquals(dead[0], dead[2], 1e-6 * scale);
            assertEquals(dead[0], dead[3], 1e-6 * scale);
            requireSame("winograd", direct, winograd, tolerance);
            requireSame("gram", direct, gram, 2e-5);
            requireSame("sparse", direct, sparse, 2e-5);
        }
    }

    private static Tensor sparse(Random random, Shape shape) {
        Tensor tensor = Tensor.zeros(shape);
        for (int i = 0; i < tensor.data().length; i++) {
            tensor.data()[i] = random.nextInt(10) == 0 ? (float) random.nextGaussian() : 0;
        }
        return tensor;
    }

    private static Tensor shares(RspAlgorithm algorithm, Tensor x, Tensor r, double[] dead, int at) {
        RelevanceShares shares = algorithm.shares(r);
        Tensor c = shares.values().copy();
        algorithm.close();
        dead[at] = shares.dead();
        for (int i = 0; i < c.data().length; i++) {
            c.data()[i] *= x.data()[i];
        }
        return c;
    }

    private static void requireSame(String what, Tensor wanted, Tensor got, double tolerance) {
        double greatest = 1e-30;
        for (float value : wanted.data()) {
            greatest = Math.max(greatest, Math.abs(value));
        }
        for (int i = 0; i < got.data().length; i++) {
            assertEquals(wanted.data()[i], got.data()[i], tolerance * greatest, what + " at " + i + " of " + got);
            assertTrue(wanted.data()[i] != 0 || got.data()[i] == 0, what + " touches unit " + i + ", which nothing reaches: " + got.data()[i]);
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
                assertArrayEquals(new RspRule().propagate(engine, conv, x, rs.get(i)).relevance().data(), together.get(i).relevance().data());
            }
        }
    }

    /** Each takes the form that suits it, whatever comes along with it. */
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
            assertEquals(RelevanceAlgorithm.WINOGRAD, AlgorithmPlanner.of(engine).filterGradient(conv.shapeAt(shape), shape.size()));
            assertEquals(RelevanceAlgorithm.SPARSE, AlgorithmPlanner.of(engine).filterGradient(conv.shapeAt(shape), shape.size() / 10));
            List<Propagated> together = new RspRule().propagateAll(engine, conv, x, rs);
            for (int i = 0; i < 2; i++) {
                assertArrayEquals(new RspRule().propagate(engine, conv, x, rs.get(i)).relevance().data(), together.get(i).relevance().data());
            }
        }
    }
}
