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
    private static final ConvolutionGeometry PADDED = ConvolutionGeometry.of(3, 3, 1, 1);

    @Property(tries = 100)
    void agreesWithPlainLoops(@ForAll long seed, @ForAll @IntRange(min = 1, max = 40) int channels,
                              @ForAll @IntRange(min = 1, max = 70) int outputs,
                              @ForAll @IntRange(min = 3, max = 19) int height,
                              @ForAll @IntRange(min = 3, max = 19) int width,
                              @ForAll @IntRange(min = 0, max = 2) int padding) {
        check(seed, Shape.of(height, width, channels), outputs, ConvolutionGeometry.of(3, 3, 1, padding));
    }

    @Test
    void severalBlocksGroupsAndPartsAgreeWithPlainLoops() {
        check(1, Shape.of(35, 50, 33), 5, PADDED);
        check(2, Shape.of(16, 17, 48), 150, PADDED);
        ConvolutionGeometry uneven = new ConvolutionGeometry(new Window(3, 1, 0, 2, 1), new Window(3, 1, 2, 1, 1));
        check(3, Shape.of(33, 18, 16), 20, uneven);
    }

    private static Tensor sparse(Random random, Shape shape, int oneIn) {
        Tensor values = Tensor.zeros(shape);
        for (int i = 0; i < values.data().length; i++) {
            float zero = random.nextBoolean() ? 0f : -0f;
            values.data()[i] = random.nextInt(oneIn) == 0 ? (float) random.nextGaussian() : zero;
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

    /**
     * Filter gradients of both signs of r, the ratios of r and z, and the sum of both signs' input gradients, in
     * float64.
     */
    private static void check(long seed, Shape input, int outputs, ConvolutionGeometry convolution) {
        Random random = new Random(seed);
        Tensor x = input(random, input);
        Shape output = convolution.outputShape(input, outputs);
        Tensor r = sparse(random, output, 5);
        Shape filters = Shape.of(3, 3, input.dim(2), outputs);
        double[][] gradients = new double[2][filters.size()];
        double[] z = new double[output.size()];
        double[] expected = new double[input.size()];
        double[] absolutes = new double[input.size()];
        float[] q = r.data();
        Loops.convolve(convolution, input, filters, output, (i, f, o) ->
                gradients[q[o] > 0 ? 0 : 1][f] += (double) q[o] * x.data()[i]);
        Loops.convolve(convolution, input, filters, output, (i, f, o) ->
                z[o] += gradients[q[o] > 0 ? 0 : 1][f] * x.data()[i]);
        Loops.convolve(convolution, input, filters, output, (i, f, o) -> {
            double product = z[o] == 0 ? 0 : q[o] / z[o] * gradients[q[o] > 0 ? 0 : 1][f];
            expected[i] += product;
            absolutes[i] += Math.abs(product);
        });
        double dead = 0;
        for (int i = 0; i < z.length; i++) {
            dead += z[i] == 0 ? q[i] : 0;
        }
        double bound = relativeError(input, output);
        try (Engine engine = Engine.open(Provider.configured(), 2)) {
            Execution execution = Execution.of(engine);
            BlockedNonzeros nonzeros = BlockedNonzeros.of(execution, r);
            SparseFilterGradient gradient = SparseFilterGradient.of(execution, convolution, x, nonzeros);
            assertEquals(dead, gradient.divide(), q.length * Math.ulp(1.0) * r.sumOfAbsolutes());
            float[] got = gradient.inputGradient().data();
            for (int i = 0; i < got.length; i++) {
                assertEquals(expected[i], got[i], bound * absolutes[i] + Float.MIN_NORMAL, "element " + i);
            }
        }
    }

    /**
     * The relative error of one product of the input gradient, added to that of its sum. A filter gradient, and z, are
     * sums of terms of one sign, so their errors are relative: at most one rounding for each term. The product contains
     * the filter gradient twice, once in z, and the ratio rounds once.
     */
    private static double relativeError(Shape input, Shape output) {
        int filterTerms = output.dim(0) * output.dim(1);
        int zTerms = 9 * input.dim(2);
        int gradientTerms = 9 * output.dim(2);
        double roundings = (2.0 * filterTerms + zTerms + 1 + gradientTerms) * 0x1p-24;
        return roundings / (1 - roundings);
    }

    @Test
    void bitsDoNotDependOnThreadsOrCompilation() {
        for (Shape shape : new Shape[] {Shape.of(14, 14, 140), Shape.of(50, 40, 20)}) {
            Random random = new Random(1);
            Tensor x = input(random, shape);
            Tensor r = sparse(random, PADDED.outputShape(shape, 70), 8);
            float[] first = null;
            double firstDead = 0;
            for (int threads : new int[] {1, 2, 3, 8}) {
                try (Engine engine = Engine.open(Provider.configured(), threads)) {
                    Execution execution = Execution.of(engine);
                    for (int repeat = 0; repeat < 10; repeat++) {
                        BlockedNonzeros nonzeros = BlockedNonzeros.of(execution, r);
                        SparseFilterGradient gradient = SparseFilterGradient.of(execution, PADDED, x, nonzeros);
                        double dead = gradient.divide();
                        float[] got = gradient.inputGradient().data();
                        gradient.release();
                        nonzeros.release();
                        firstDead = first == null ? dead : firstDead;
                        first = first == null ? got : first;
                        assertEquals(firstDead, dead);
                        assertArrayEquals(first, got, threads + " threads, repeat " + repeat);
                    }
                }
            }
        }
    }

    @Test
    void doesNotHideNaN() {
        Tensor x = input(new Random(1), Shape.of(5, 5, 20));
        Tensor r = Tensor.zeros(Shape.of(5, 5, 1));
        r.data()[12] = Float.NaN;
        try (Engine engine = Engine.open(Provider.configured(), 1)) {
            Execution execution = Execution.of(engine);
            BlockedNonzeros nonzeros = BlockedNonzeros.of(execution, r);
            SparseFilterGradient gradient = SparseFilterGradient.of(execution, PADDED, x, nonzeros);
            gradient.divide();
            assertEquals(Float.NaN, gradient.inputGradient().data()[12 * 20]);
        }
    }

    @Test
    void refusesOtherShapesAndKernels() {
        try (Engine engine = Engine.open(Provider.configured(), 1)) {
            Execution execution = Execution.of(engine);
            Tensor x = Tensor.zeros(Shape.of(5, 5, 3));
            BlockedNonzeros five = BlockedNonzeros.of(execution, Tensor.zeros(Shape.of(5, 5, 2)));
            ConvolutionGeometry unpadded = ConvolutionGeometry.of(3, 3, 1, 0);
            ConvolutionGeometry larger = ConvolutionGeometry.of(5, 5, 1, 2);
            assertThrows(IllegalArgumentException.class, () -> SparseFilterGradient.of(execution, unpadded, x, five));
            assertThrows(IllegalArgumentException.class, () -> SparseFilterGradient.of(execution, larger, x, five));
        }
    }
}
