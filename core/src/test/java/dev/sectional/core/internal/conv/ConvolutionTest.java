package dev.sectional.core.internal.conv;

import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.sectional.core.ConvolutionGeometry;
import dev.sectional.core.Engine;
import dev.sectional.core.Provider;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.Window;
import dev.sectional.core.internal.exec.Execution;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

class ConvolutionTest {
    @Property(tries = 150)
    void allThreeAgreeWithPlainLoops(@ForAll @IntRange(min = 1, max = 7) int kernelHeight,
                                     @ForAll @IntRange(min = 1, max = 5) int kernelWidth,
                                     @ForAll @IntRange(min = 1, max = 4) int stride,
                                     @ForAll @IntRange(min = 0, max = 3) int padding,
                                     @ForAll @IntRange(min = 1, max = 20) int channels,
                                     @ForAll @IntRange(min = 1, max = 70) int outputs,
                                     @ForAll @IntRange(min = 1, max = 16) int height,
                                     @ForAll @IntRange(min = 1, max = 16) int width) {
        Shape input = Shape.of(Math.max(height, kernelHeight), Math.max(width, kernelWidth), channels);
        check(input, outputs, ConvolutionGeometry.of(kernelHeight, kernelWidth, stride, padding));
    }

    @Property(tries = 150)
    void everyGeometryAgreesWithPlainLoops(@ForAll("windows") Window rows, @ForAll("windows") Window columns,
                                           @ForAll @IntRange(min = 1, max = 9) int channels,
                                           @ForAll @IntRange(min = 1, max = 9) int outputs,
                                           @ForAll @IntRange(min = 0, max = 9) int moreRows,
                                           @ForAll @IntRange(min = 0, max = 9) int moreColumns) {
        Shape input = Shape.of(least(rows) + moreRows, least(columns) + moreColumns, channels);
        check(input, outputs, new ConvolutionGeometry(rows, columns));
    }

    private static int least(Window window) {
        return Math.max(1, window.span() - window.before() - window.after());
    }

    @Provide
    Arbitrary<Window> windows() {
        Arbitrary<Integer> padding = Arbitraries.integers().between(0, 3);
        Arbitrary<Integer> step = Arbitraries.integers().between(1, 3);
        return Combinators.combine(Arbitraries.integers().between(1, 4), step, padding, padding, step).as(Window::new);
    }

    @Test
    void manyChannelsAndPositionsAgreeWithPlainLoops() {
        check(Shape.of(14, 14, 130), 65, ConvolutionGeometry.of(3, 3, 1, 1));
        check(Shape.of(29, 31, 20), 33, ConvolutionGeometry.of(3, 3, 1, 1));
    }

    @Test
    void pointwiseConvolutionsAgreeWithPlainLoops() {
        for (int channels : new int[] {3, 9, 10, 11, 16, 63, 131}) {
            check(Shape.of(17, 19, channels), 37, ConvolutionGeometry.of(1, 1, 1, 0));
            check(Shape.of(3, 1, channels), 64, ConvolutionGeometry.of(1, 1, 1, 0));
        }
    }

    private static void check(Shape input, int outputs, ConvolutionGeometry geometry) {
        Shape kernel = Shape.of(geometry.rows().size(), geometry.columns().size(), input.dim(2), outputs);
        Tensor x = Loops.random(1, input);
        Tensor filters = Loops.random(2, kernel);
        Shape output = geometry.outputShape(input, outputs);
        Tensor outputGradient = Loops.random(3, output);
        FloatSums y = new FloatSums(output);
        FloatSums ofInput = new FloatSums(input);
        FloatSums ofFilters = new FloatSums(kernel);
        Loops.convolve(geometry, input, kernel, output, (i, f, o) -> {
            y.add(o, x.data()[i], filters.data()[f]);
            ofInput.add(i, outputGradient.data()[o], filters.data()[f]);
            ofFilters.add(f, x.data()[i], outputGradient.data()[o]);
        });
        String what = input + " by " + kernel + ", " + geometry;
        try (Engine engine = Engine.open(Provider.configured(), 2)) {
            Execution execution = Execution.of(engine);
            DirectConvolution direct = new DirectConvolution(geometry);
            y.require("output, " + what, direct.forward(execution, x, filters));
            ofInput.require("input gradient, " + what, direct.inputGradient(execution, outputGradient, filters, input));
            ofFilters.require("filter gradient, " + what, direct.filterGradient(execution, x, outputGradient));
            SmallChannelConvolution smallChannel = new SmallChannelConvolution(execution, geometry, input.dim(2));
            if (geometry.columns().dilation() == 1) {
                y.require("small-channel output, " + what, smallChannel.forward(x, filters));
            }
            Tensor smallGradient = smallChannel.inputGradient(outputGradient, filters, input);
            ofInput.require("small-channel input gradient, " + what, smallGradient);
        }
    }

    @Test
    void refusesGeometriesOutOfRange() {
        assertThrows(IllegalArgumentException.class, () -> ConvolutionGeometry.of(3, 3, 0, 0));
        assertThrows(IllegalArgumentException.class, () -> ConvolutionGeometry.of(3, 3, 1, -1));
        assertThrows(IllegalArgumentException.class, () -> new Window(3, 1, 0, 0, 0));
    }

    @Test
    void refusesShapesThatDoNotFit() {
        try (Engine engine = Engine.open(Provider.configured(), 1)) {
            Execution execution = Execution.of(engine);
            ConvolutionGeometry geometry = ConvolutionGeometry.of(3, 3, 1, 0);
            DirectConvolution direct = new DirectConvolution(geometry);
            SmallChannelConvolution smallChannel = new SmallChannelConvolution(execution, geometry, 2);
            Tensor x = Tensor.zeros(Shape.of(5, 5, 2));
            Tensor threeChannels = Tensor.zeros(Shape.of(5, 5, 3));
            Tensor low = Tensor.zeros(Shape.of(2, 5, 2));
            Tensor filters = Tensor.zeros(Shape.of(3, 3, 2, 4));
            Tensor flat = Tensor.zeros(Shape.of(1, 9, 2, 4));
            Tensor wrong = Tensor.zeros(Shape.of(4, 3, 4));
            refuses(() -> direct.forward(execution, low, filters));
            refuses(() -> direct.forward(execution, threeChannels, filters));
            refuses(() -> direct.forward(execution, x, flat));
            refuses(() -> direct.inputGradient(execution, wrong, filters, x.shape()));
            refuses(() -> direct.filterGradient(execution, x, wrong));
            refuses(() -> smallChannel.forward(threeChannels, filters));
            refuses(() -> smallChannel.forward(x, flat));
            refuses(() -> smallChannel.inputGradient(wrong, filters, x.shape()));
            ConvolutionGeometry dilated = new ConvolutionGeometry(Window.of(3, 1, 0), new Window(3, 1, 0, 0, 2));
            refuses(() -> new SmallChannelConvolution(execution, dilated, 2).forward(x, filters));
        }
    }

    private static void refuses(Executable call) {
        assertThrows(IllegalArgumentException.class, call);
    }
}
