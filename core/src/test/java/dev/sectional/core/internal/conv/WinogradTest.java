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
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class WinogradTest {
    private static final double TOLERANCE = 2e-5;

    @Property(tries = 150)
    void agreesWithPlainLoops(@ForAll @IntRange(min = 1, max = 70) int channels, @ForAll @IntRange(min = 1, max = 70) int outputs,
                              @ForAll @IntRange(min = 3, max = 19) int height, @ForAll @IntRange(min = 3, max = 19) int width,
                              @ForAll @IntRange(min = 0, max = 3) int padding, @ForAll boolean sparse) {
        check(Shape.of(height, width, channels), outputs, ConvolutionGeometry.of(3, 3, 1, padding), sparse);
    }

    @Test
    void manyBlocksPassesAndPanels() {
        check(Shape.of(14, 14, 300), 130, ConvolutionGeometry.of(3, 3, 1, 1), true);
        check(Shape.of(97, 101, 20), 33, ConvolutionGeometry.of(3, 3, 1, 1), true);
        check(Shape.of(60, 62, 70), 70, new ConvolutionGeometry(new Window(3, 1, 0, 2, 1), new Window(3, 1, 2, 1, 1)), false);
    }

    private static Tensor values(long seed, Shape shape, boolean sparse) {
        Tensor x = Loops.random(seed, shape);
        Random random = new Random(seed);
        for (int i = 0; sparse && i < x.data().length; i++) {
            x.data()[i] = random.nextInt(10) > 0 ? 0 : x.data()[i];
        }
        return x;
    }

    private static void check(Shape input, int outputs, ConvolutionGeometry convolution, boolean sparse) {
        Tensor x = values(1, input, sparse);
        Tensor filters = Loops.random(2, Shape.of(3, 3, input.dim(2), outputs));
        Shape output = convolution.outputShape(input, outputs);
        Tensor outputGradient = values(3, output, sparse);
        float[] bias = Loops.random(4, Shape.of(outputs)).data();
        double[] y = new double[output.size()];
        double[] ofInput = new double[input.size()];
        Loops.convolve(convolution, input, filters.shape(), output, (i, f, o) -> {
            y[o] += (double) x.data()[i] * filters.data()[f];
            ofInput[i] += (double) outputGradient.data()[o] * filters.data()[f];
        });
        double[] rectified = new double[y.length];
        for (int i = 0; i < y.length; i++) {
            rectified[i] = Math.max(0, y[i] + bias[i % outputs]);
        }
        String what = input + " by " + filters.shape() + ", " + convolution;
        try (Engine engine = Engine.open(Provider.configured(), 2)) {
            PackedMatrix packed = DirectConvolution.pack(Execution.of(engine), filters);
            Tensor plain = Winograd.forward(Execution.of(engine), convolution, x, packed, null, false);
            Tensor other = values(5, input, sparse);
            List<Tensor> together = Winograd.forward(Execution.of(engine), convolution, List.of(other, x, x), packed, null, false);
            assertArrayEquals(Winograd.forward(Execution.of(engine), convolution, other, packed, null, false).data(), together.get(0).data(), what);
            assertArrayEquals(plain.data(), together.get(2).data(), what);
            Loops.requireClose("output, " + what, y, plain.data(), TOLERANCE);
            requireZeros(x, plain, convolution);
            Loops.requireClose("with bias and ReLU, " + what, rectified, Winograd.forward(Execution.of(engine), convolution, x, packed, bias, true).data(), TOLERANCE);
            Tensor gradient = Winograd.inputGradient(Execution.of(engine), convolution, List.of(WinogradInput.of(outputGradient)),
                    DirectConvolution.packRotated(Execution.of(engine), filters), input);
            Loops.requireClose("input gradient, " + what, ofInput, gradient.data(), TOLERANCE);
        }
    }

    /** Where the direct form gives 0 because the whole window is 0, so does this one. */
    private static void requireZeros(Tensor x, Tensor y, ConvolutionGeometry convolution) {
        Tensor ones = Tensor.zeros(Shape.of(3, 3, x.shape().dim(2), 1));
        Arrays.fill(ones.data(), 1);
        Tensor absolute = x.copy();
        for (int i = 0; i < absolute.data().length; i++) {
            absolute.data()[i] = Math.abs(absolute.data()[i]);
        }
        try (Engine engine = Engine.open(Provider.configured(), 1)) {
            float[] sums = new DirectConvolution(convolution).forward(Execution.of(engine), absolute, ones).data();
            int outputs = y.shape().dim(2);
            for (int place = 0; place < sums.length; place++) {
                for (int o = 0; sums[place] == 0 && o < outputs; o++) {
                    assertEquals(0f, y.data()[place * outputs + o], "place " + place + " of " + y + ", channel " + o);
                }
            }
        }
    }

    @Test
    void aSourceOfOneSignTakesTheOthersAsZero() {
        ConvolutionGeometry convolution = ConvolutionGeometry.of(3, 3, 1, 1);
        Tensor x = Loops.random(1, Shape.of(11, 9, 21));
        Tensor filters = Loops.random(2, Shape.of(3, 3, 42, 17));
        Tensor both = Tensor.zeros(Shape.of(11, 9, 42));
        for (int i = 0; i < x.data().length; i++) {
            both.data()[i / 21 * 42 + i % 21] = Math.max(x.data()[i], 0);
            both.data()[i / 21 * 42 + 21 + i % 21] = Math.min(x.data()[i], 0);
        }
        try (Engine engine = Engine.open(Provider.configured(), 2)) {
            PackedMatrix packed = DirectConvolution.pack(Execution.of(engine), filters);
            Tensor y = Tensor.zeros(Shape.of(11, 9, 17));
            Winograd.convolve(Execution.of(engine), List.of(WinogradInput.positivePart(x), WinogradInput.negativePart(x)), packed, 1, 1, null, false, y);
            assertArrayEquals(Winograd.forward(Execution.of(engine), convolution, both, packed, null, false).data(), y.data(), 1e-5f);
        }
    }

    /** A window of zeros and NaN is not a window of zeros. */
    @Test
    void doesNotHideNaN() {
        Tensor x = Tensor.zeros(Shape.of(8, 8, 2));
        x.data()[(3 * 8 + 3) * 2 + 1] = Float.NaN;
        try (Engine engine = Engine.open(Provider.configured(), 1)) {
            Execution execution = Execution.of(engine);
            PackedMatrix packed = DirectConvolution.pack(execution, Loops.random(1, Shape.of(3, 3, 2, 3)));
            Tensor y = Winograd.forward(execution, ConvolutionGeometry.of(3, 3, 1, 1), x, packed, null, false);
            assertEquals(Float.NaN, y.get(3, 3, 0));
            assertEquals(0f, y.get(7, 7, 0));
        }
    }

    @Test
    void bitsDoNotDependOnThreadsOrHeat() {
        ConvolutionGeometry convolution = ConvolutionGeometry.of(3, 3, 1, 1);
        for (Shape shape : new Shape[] {Shape.of(14, 14, 140), Shape.of(90, 90, 24)}) {
            Tensor x = Loops.random(1, shape);
            Tensor filters = Loops.random(2, Shape.of(3, 3, shape.dim(2), 70));
            float[] first = null;
            for (int threads : new int[] {1, 2, 3, 8}) {
                try (Engine engine = Engine.open(Provider.configured(), threads)) {
                    PackedMatrix packed = DirectConvolution.pack(Execution.of(engine), filters);
                    for (int repeat = 0; repeat < 10; repeat++) {
                        float[] y = Winograd.forward(Execution.of(engine), convolution, x, packed, null, true).data();
                        first = first == null ? y : first;
                        assertArrayEquals(first, y, threads + " threads, repeat " + repeat);
                    }
                }
            }
        }
    }

    @Test
    void refusesWhatDoesNotFit() {
        try (Engine engine = Engine.open(Provider.configured(), 1)) {
            PackedMatrix packed = DirectConvolution.pack(Execution.of(engine), Tensor.zeros(Shape.of(3, 3, 2, 4)));
            Tensor x = Tensor.zeros(Shape.of(5, 5, 3));
            assertThrows(IllegalArgumentException.class, () -> Winograd.forward(Execution.of(engine), ConvolutionGeometry.of(3, 3, 1, 1), x, packed, null, false));
            Tensor two = Tensor.zeros(Shape.of(5, 5, 2));
            assertThrows(IllegalArgumentException.class, () -> Winograd.forward(Execution.of(engine), ConvolutionGeometry.of(3, 3, 2, 1), two, packed, null, false));
        }
    }
}
