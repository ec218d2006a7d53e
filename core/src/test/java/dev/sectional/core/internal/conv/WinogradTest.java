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
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class WinogradTest {
    private static final ConvolutionGeometry PADDED = ConvolutionGeometry.of(3, 3, 1, 1);

    @Property(tries = 150)
    void agreesWithPlainLoops(@ForAll @IntRange(min = 1, max = 70) int channels,
                              @ForAll @IntRange(min = 1, max = 70) int outputs,
                              @ForAll @IntRange(min = 3, max = 19) int height,
                              @ForAll @IntRange(min = 3, max = 19) int width,
                              @ForAll @IntRange(min = 0, max = 3) int padding, @ForAll boolean sparse) {
        check(Shape.of(height, width, channels), outputs, ConvolutionGeometry.of(3, 3, 1, padding), sparse);
    }

    @Test
    void severalTileBlocksChannelBlocksAndPanelsAgreeWithPlainLoops() {
        check(Shape.of(14, 14, 300), 130, PADDED, true);
        check(Shape.of(97, 101, 20), 33, PADDED, true);
        ConvolutionGeometry uneven = new ConvolutionGeometry(new Window(3, 1, 0, 2, 1), new Window(3, 1, 2, 1, 1));
        check(Shape.of(60, 62, 70), 70, uneven, false);
    }

    /** Kernels of up to 6x6 are several of 3x3. */
    @Property(tries = 40)
    void largerKernelsAgreeWithPlainLoops(@ForAll @IntRange(min = 1, max = 6) int kernelRows,
                                          @ForAll @IntRange(min = 1, max = 6) int kernelColumns,
                                          @ForAll @IntRange(min = 1, max = 40) int channels,
                                          @ForAll @IntRange(min = 1, max = 40) int outputs,
                                          @ForAll @IntRange(min = 6, max = 19) int height,
                                          @ForAll @IntRange(min = 0, max = 6) int padding, @ForAll boolean sparse) {
        Shape input = Shape.of(height, 25 - height, channels);
        ConvolutionGeometry convolution = new ConvolutionGeometry(new Window(kernelRows, 1, padding, padding / 2, 1),
                new Window(kernelColumns, 1, padding / 2, padding, 1));
        Tensor x = random(1, input, sparse);
        Tensor filters = Loops.random(2, Shape.of(kernelRows, kernelColumns, channels, outputs));
        Shape output = convolution.outputShape(input, outputs);
        double[] y = new double[output.size()];
        Loops.convolve(convolution, input, filters.shape(), output,
                (i, f, o) -> y[o] += (double) x.data()[i] * filters.data()[f]);
        try (Engine engine = Engine.open(Provider.configured(), 2)) {
            Execution execution = Execution.of(engine);
            PackedMatrix packed = DirectConvolution.pack(execution, SplitKernel.filters(filters));
            Tensor plain = Winograd.forward(execution, convolution, x, packed, null, false);
            double bound = 2e-5 * Math.sqrt(kernelRows * kernelColumns * channels);
            for (int i = 0; i < y.length; i++) {
                assertEquals(y[i], plain.data()[i], bound, i + " of " + input + " by " + filters.shape());
            }
            requireZeros(x, plain, convolution);
            requireSameBitsInABatch(execution, convolution, x, random(5, input, sparse), packed);
        }
    }

    @Test
    void refusesLargerKernelsWithoutTheirParts() {
        try (Engine engine = Engine.open(Provider.configured(), 1)) {
            Execution execution = Execution.of(engine);
            Tensor x = Loops.random(1, Shape.of(9, 9, 2));
            for (int side : new int[] {2, 5, 7}) {
                PackedMatrix whole = DirectConvolution.pack(execution, Loops.random(2, Shape.of(side, side, 2, 3)));
                assertThrows(IllegalArgumentException.class, () -> Winograd.forward(execution,
                        ConvolutionGeometry.of(side, side, 1, 0), x, whole, null, false), "a kernel of " + side);
            }
        }
    }

    private static Tensor random(long seed, Shape shape, boolean sparse) {
        Tensor x = Loops.random(seed, shape);
        Random random = new Random(seed);
        for (int i = 0; sparse && i < x.data().length; i++) {
            x.data()[i] = random.nextInt(10) > 0 ? 0 : x.data()[i];
        }
        return x;
    }

    private static void check(Shape input, int outputs, ConvolutionGeometry convolution, boolean sparse) {
        Tensor x = random(1, input, sparse);
        Tensor filters = Loops.random(2, Shape.of(3, 3, input.dim(2), outputs));
        Shape output = convolution.outputShape(input, outputs);
        Tensor outputGradient = random(3, output, sparse);
        float[] bias = Loops.random(4, Shape.of(outputs)).data();
        double[] y = new double[output.size()];
        double[] ofInput = new double[input.size()];
        Loops.convolve(convolution, input, filters.shape(), output, (i, f, o) -> {
            y[o] += (double) x.data()[i] * filters.data()[f];
            ofInput[i] += (double) outputGradient.data()[o] * filters.data()[f];
        });
        int top = convolution.rows().before();
        int left = convolution.columns().before();
        double[] bounds = WinogradErrorBound.of(x, filters, top, left, output);
        double[] inputBounds = WinogradErrorBound.of(outputGradient, rotated(filters), 2 - top, 2 - left, input);
        String what = input + " by " + filters.shape() + ", " + convolution;
        try (Engine engine = Engine.open(Provider.configured(), 2)) {
            Execution execution = Execution.of(engine);
            PackedMatrix packed = DirectConvolution.pack(execution, filters);
            Tensor plain = Winograd.forward(execution, convolution, x, packed, null, false);
            requireWithin("output, " + what, y, bounds, plain);
            requireZeros(x, plain, convolution);
            Tensor rectified = Winograd.forward(execution, convolution, x, packed, bias, true);
            assertArrayEquals(rectified(plain, bias), rectified.data(), "with bias and ReLU, " + what);
            Tensor gradient = Winograd.inputGradient(execution, convolution, List.of(WinogradInput.of(outputGradient)),
                    DirectConvolution.packRotated(execution, filters), input);
            requireWithin("input gradient, " + what, ofInput, inputBounds, gradient);
            requireSameBitsInABatch(execution, convolution, x, random(5, input, sparse), packed);
        }
    }

    private static Tensor rotated(Tensor filters) {
        int channels = filters.shape().dim(2);
        int outputs = filters.shape().dim(3);
        Tensor rotated = Tensor.zeros(Shape.of(3, 3, outputs, channels));
        for (int i = 0; i < filters.data().length; i++) {
            int offset = i / outputs / channels;
            int row = (8 - offset) * outputs + i % outputs;
            rotated.data()[row * channels + i / outputs % channels] = filters.data()[i];
        }
        return rotated;
    }

    private static float[] rectified(Tensor y, float[] bias) {
        float[] rectified = y.data().clone();
        for (int i = 0; i < rectified.length; i++) {
            rectified[i] = Math.max(rectified[i] + bias[i % bias.length], 0f);
        }
        return rectified;
    }

    private static void requireWithin(String what, double[] expected, double[] bounds, Tensor got) {
        for (int i = 0; i < expected.length; i++) {
            assertEquals(expected[i], got.data()[i], bounds[i] + Float.MIN_NORMAL, what + ", element " + i);
        }
    }

    private static void requireSameBitsInABatch(Execution execution, ConvolutionGeometry convolution, Tensor x,
                                                Tensor other, PackedMatrix packed) {
        List<Tensor> batch = Winograd.forward(execution, convolution, List.of(other, x, x), packed, null, false);
        float[] ofOther = Winograd.forward(execution, convolution, other, packed, null, false).data();
        assertArrayEquals(ofOther, batch.get(0).data());
        float[] alone = Winograd.forward(execution, convolution, x, packed, null, false).data();
        assertArrayEquals(alone, batch.get(1).data());
        assertArrayEquals(alone, batch.get(2).data());
    }

    /** An output whose whole window is 0 is exactly 0. */
    private static void requireZeros(Tensor x, Tensor y, ConvolutionGeometry convolution) {
        Shape shape = x.shape();
        Shape oneFilter = Shape.of(convolution.rows().size(), convolution.columns().size(), shape.dim(2), 1);
        double[] sums = new double[y.shape().dim(0) * y.shape().dim(1)];
        Shape positions = Shape.of(y.shape().dim(0), y.shape().dim(1), 1);
        Loops.convolve(convolution, shape, oneFilter, positions, (i, f, o) -> sums[o] += Math.abs(x.data()[i]));
        int outputs = y.shape().dim(2);
        for (int position = 0; position < sums.length; position++) {
            for (int o = 0; sums[position] == 0 && o < outputs; o++) {
                float element = y.data()[position * outputs + o];
                assertEquals(0f, element, "position " + position + " of " + y + ", channel " + o);
            }
        }
    }

    @Test
    void anInputOfOneSignHasTheBitsOfItsPart() {
        Tensor x = Loops.random(1, Shape.of(11, 9, 21));
        Tensor filters = Loops.random(2, Shape.of(3, 3, 42, 17));
        Tensor both = Tensor.zeros(Shape.of(11, 9, 42));
        for (int i = 0; i < x.data().length; i++) {
            both.data()[i / 21 * 42 + i % 21] = Math.max(x.data()[i], 0);
            both.data()[i / 21 * 42 + 21 + i % 21] = Math.min(x.data()[i], 0);
        }
        try (Engine engine = Engine.open(Provider.configured(), 2)) {
            Execution execution = Execution.of(engine);
            PackedMatrix packed = DirectConvolution.pack(execution, filters);
            Tensor y = Tensor.zeros(Shape.of(11, 9, 17));
            List<WinogradInput> parts = List.of(WinogradInput.positivePart(x), WinogradInput.negativePart(x));
            Winograd.convolve(execution, parts, packed, 1, 1, null, false, y);
            assertArrayEquals(Winograd.forward(execution, PADDED, both, packed, null, false).data(), y.data());
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
            Tensor y = Winograd.forward(execution, PADDED, x, packed, null, false);
            assertEquals(Float.NaN, y.get(3, 3, 0));
            assertEquals(0f, y.get(7, 7, 0));
        }
    }

    @Test
    void bitsDoNotDependOnThreadsOrCompilation() {
        for (Shape shape : new Shape[] {Shape.of(14, 14, 140), Shape.of(90, 90, 24)}) {
            Tensor x = Loops.random(1, shape);
            Tensor filters = Loops.random(2, Shape.of(3, 3, shape.dim(2), 70));
            float[] first = null;
            for (int threads : new int[] {1, 2, 3, 8}) {
                try (Engine engine = Engine.open(Provider.configured(), threads)) {
                    Execution execution = Execution.of(engine);
                    PackedMatrix packed = DirectConvolution.pack(execution, filters);
                    for (int repeat = 0; repeat < 10; repeat++) {
                        float[] y = Winograd.forward(execution, PADDED, x, packed, null, true).data();
                        first = first == null ? y : first;
                        assertArrayEquals(first, y, threads + " threads, repeat " + repeat);
                    }
                }
            }
        }
    }

    @Test
    void refusesOtherChannelsAndStrides() {
        try (Engine engine = Engine.open(Provider.configured(), 1)) {
            Execution execution = Execution.of(engine);
            PackedMatrix packed = DirectConvolution.pack(execution, Tensor.zeros(Shape.of(3, 3, 2, 4)));
            Tensor threeChannels = Tensor.zeros(Shape.of(5, 5, 3));
            assertThrows(IllegalArgumentException.class,
                    () -> Winograd.forward(execution, PADDED, threeChannels, packed, null, false));
            Tensor x = Tensor.zeros(Shape.of(5, 5, 2));
            ConvolutionGeometry strided = ConvolutionGeometry.of(3, 3, 2, 1);
            assertThrows(IllegalArgumentException.class,
                    () -> Winograd.forward(execution, strided, x, packed, null, false));
        }
    }
}
