package dev.sectional.core.internal.conv;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.sectional.core.ConvolutionGeometry;
import dev.sectional.core.Engine;
import dev.sectional.core.Provider;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.Window;
import dev.sectional.core.internal.exec.Execution;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class SparseFilterGradientTest {
    @Property(tries = 100)
    void agreesWithPlainLoops(@ForAll long seed, @ForAll @IntRange(min = 1, max = 40) int channels, @ForAll @IntRange(min = 1, max = 70) int outputs,
                              @ForAll @IntRange(min = 3, max = 19) int height, @ForAll @IntRange(min = 3, max = 19) int width,
                              @ForAll @IntRange(min = 0, max = 2) int padding) {
        check(seed, Shape.of(height, width, channels), outputs, ConvolutionGeometry.of(3, 3, 1, padding));
    }

    @Test
    void manyBlocksGroupsAndParts() {
        check(1, Shape.of(35, 50, 33), 5, ConvolutionGeometry.of(3, 3, 1, 1));
        check(2, Shape.of(16, 17, 48), 150, ConvolutionGeometry.of(3, 3, 1, 1));
        check(3, Shape.of(33, 18, 16), 20, new ConvolutionGeometry(new Window(3, 1, 0, 2, 1), new Window(3, 1, 2, 1, 1)));
    }

    private static Tensor sparse(Random random, Shape shape, int oneIn) {
        Tensor values = Tensor.zeros(shape);
        for (int i = 0; i < values.data().length; i++) {
            values.data()[i] = random.nextInt(oneIn) == 0 ? (float) random.nextGaussian() : random.nextBoolean() ? 0f : -0f;
        }
        return values;
    }

    private static Tensor input(Random random, Shape shape) {
        Tensor x = sparse(random, shape, 4);
        for (int i = 0; i < x.data().length; i++) {
            x.data()[i] = Math.abs(x.data()[i]);
        }
        return x;
    }

    /** Filter gradients of the parts of r, r over z and the sum of both signs' input gradients, in float64. */
    private static void check(long seed, Shape input, int outputs, ConvolutionGeometry convolution) {
        Random random = new Random(seed);
        Tensor x = input(random, input);
        Shape output = convolution.outputShape(input, outputs);
        Tensor r = sparse(random, output, 5);
        Shape filters = Shape.of(3, 3, input.dim(2), outputs);
        double[][] gradients = new double[2][filters.size()];
        double[] z = new double[output.size()];
        double[] shares = new double[input.size()];
        float[] q = r.data();
        Loops.convolve(convolution, input, filters, output, (i, f, o) -> gradients[q[o] > 0 ? 0 : 1][f] += (double) q[o] * x.data()[i]);
        Loops.convolve(convolution, input, filters, output, (i, f, o) -> z[o] += gradients[q[o] > 0 ? 0 : 1][f] * x.data()[i]);
        Loops.convolve(convolution, input, filters, output, (i, f, o) -> shares[i] += z[o] == 0 ? 0 : q[o] / z[o] * gradients[q[o] > 0 ? 0 : 1][f]);
        double dead = 0;
        for (int i = 0; i < z.length; i++) {
            dead += z[i] == 0 ? q[i] : 0;
        }
        try (Engine engine = Engine.open(Provider.configured(), 2)) {
            BlockedNonzeros map = BlockedNonzeros.of(Execution.of(engine), r);
            SparseFilterGradient sparse = SparseFilterGradient.of(Execution.of(engine), convolution, x, map);
            assertEquals(dead, sparse.divide(), 1e-6 * (1 + r.sumOfAbsolutes()));
            Loops.requireClose(input + " to " + outputs + ", " + convolution, shares, sparse.inputGradient().data(), 1e-5);
        }
    }

    @Test
    void bitsDoNotDependOnThreadsOrHeat() {
        ConvolutionGeometry convolution = ConvolutionGeometry.of(3, 3, 1, 1);
        for (Shape shape : new Shape[] {Shape.of(14, 14, 140), Shape.of(50, 40, 20)}) {
            Random random = new Random(1);
            Tensor x = input(random, shape);
            Tensor r = sparse(random, convolution.outputShape(shape, 70), 8);
            float[] first = null;
            double dead = 0;
            for (int threads : new int[] {1, 2, 3, 8}) {
                try (Engine engine = Engine.open(Provider.configured(), threads)) {
                    for (int repeat = 0; repeat < 10; repeat++) {
                        BlockedNonzeros map = BlockedNonzeros.of(Execution.of(engine), r);
                        SparseFilterGradient filters = SparseFilterGradient.of(Execution.of(engine), convolution, x, map);
                        dead = first == null ? filters.divide() : dead;
                        assertEquals(dead, first == null ? dead : filters.divide());
                        float[] shares = filters.inputGradient().data();
                        filters.release();
                        map.release();
                        first = first == null ? shares : first;
                        assertArrayEquals(first, shares, threads + " threads, repeat " + repeat);
                    }
                }
            }
        }
    }

    /** What is not a number stays in sight. */
    @Test
    void doesNotLoseWhatIsNoNumber() {
        Tensor x = input(new Random(1), Shape.of(5, 5, 20));
        Tensor r = Tensor.zeros(Shape.of(5, 5, 1));
        r.data()[12] = Float.NaN;
        try (Engine engine = Engine.open(Provider.configured(), 1)) {
            SparseFilterGradient filters = SparseFilterGradient.of(Execution.of(engine), ConvolutionGeometry.of(3, 3, 1, 1), x, BlockedNonzeros.of(Execution.of(engine), r));
            filters.divide();
            assertEquals(Float.NaN, filters.inputGradient().data()[12 * 20]);
        }
    }

    @Test
    void refusesWhatDoesNotFit() {
        try (Engine engine = Engine.open(Provider.configured(), 1)) {
            Tensor x = Tensor.zeros(Shape.of(5, 5, 3));
            BlockedNonzeros five = BlockedNonzeros.of(Execution.of(engine), Tensor.zeros(Shape.of(5, 5, 2)));
            assertThrows(IllegalArgumentException.class, () -> SparseFilterGradient.of(Execution.of(engine), ConvolutionGeometry.of(3, 3, 1, 0), x, five));
            assertThrows(IllegalArgumentException.class, () -> SparseFilterGradient.of(Execution.of(engine), ConvolutionGeometry.of(5, 5, 1, 2), x, five));
        }
    }
}
