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

class ConvolutionTest {
    @Property(tries = 150)
    void allThreeAgreeWithPlainLoops(@ForAll @IntRange(min = 1, max = 7) int kernelHeight, @ForAll @IntRange(min = 1, max = 5) int kernelWidth,
                                     @ForAll @IntRange(min = 1, max = 4) int stride, @ForAll @IntRange(min = 0, max = 3) int padding,
                                     @ForAll @IntRange(min = 1, max = 20) int channels, @ForAll @IntRange(min = 1, max = 70) int outputs,
                                     @ForAll @IntRange(min = 1, max = 16) int height, @ForAll @IntRange(min = 1, max = 16) int width) {
        check(Shape.of(Math.max(height, kernelHeight), Math.max(width, kernelWidth), channels), channels, outputs,
                ConvolutionGeometry.of(kernelHeight, kernelWidth, stride, padding));
    }

    @Property(tries = 150)
    void everyGeometryAgreesWithPlainLoops(@ForAll("windows") Window rows, @ForAll("windows") Window columns,
                                           @ForAll @IntRange(min = 1, max = 9) int channels, @ForAll @IntRange(min = 1, max = 9) int outputs,
                                           @ForAll @IntRange(min = 0, max = 9) int moreRows, @ForAll @IntRange(min = 0, max = 9) int moreColumns) {
        Shape input = Shape.of(least(rows) + moreRows, least(columns) + moreColumns, channels);
        check(input, channels, outputs, new ConvolutionGeometry(rows, columns));
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
    void manyChannelsAndPlaces() {
        check(Shape.of(14, 14, 130), 130, 65, ConvolutionGeometry.of(3, 3, 1, 1));
        check(Shape.of(29, 31, 20), 20, 33, ConvolutionGeometry.of(3, 3, 1, 1));
    }

    private static void check(Shape input, int channels, int outputs, ConvolutionGeometry convolution) {
        Shape kernel = Shape.of(convolution.rows().size(), convolution.columns().size(), channels, outputs);
        Tensor x = Loops.random(1, input);
        Tensor filters = Loops.random(2, kernel);
        Shape output = convolution.outputShape(input, outputs);
        Tensor outputGradient = Loops.random(3, output);
        FloatSums y = new FloatSums(output);
        FloatSums ofInput = new FloatSums(input);
        FloatSums ofFilters = new FloatSums(kernel);
        Loops.convolve(convolution, input, kernel, output, (i, f, o) -> {
            y.add(o, x.data()[i], filters.data()[f]);
            ofInput.add(i, outputGradient.data()[o], filters.data()[f]);
            ofFilters.add(f, x.data()[i], outputGradient.data()[o]);
        });
        String what = input + " by " + kernel + ", " + convolution;
        try (Engine engine = Engine.open(Provider.configured(), 2)) {
            y.require("output, " + what, new DirectConvolution(convolution).forward(Execution.of(engine), x, filters));
            ofInput.require("input gradient, " + what, new DirectConvolution(convolution).inputGradient(Execution.of(engine), outputGradient, filters, input));
            SmallChannelConvolution smallChannel = new SmallChannelConvolution(Execution.of(engine), convolution, channels);
            if (convolution.columns().dilation() == 1) {
                y.require("output of few channels, " + what, smallChannel.forward(x, filters));
            }
            ofInput.require("input gradient of few channels, " + what, smallChannel.inputGradient(outputGradient, filters, input));
            ofFilters.require("filter gradient, " + what, new DirectConvolution(convolution).filterGradient(Execution.of(engine), x, outputGradient));
        }
    }

    @Test
    void refusesWhatDoesNotFit() {
        assertThrows(IllegalArgumentException.class, () -> ConvolutionGeometry.of(3, 3, 0, 0));
        assertThrows(IllegalArgumentException.class, () -> ConvolutionGeometry.of(3, 3, 1, -1));
        assertThrows(IllegalArgumentException.class, () -> new Window(3, 1, 0, 0, 0));
        try (Engine engine = Engine.open(Provider.configured(), 1)) {
            ConvolutionGeometry convolution = ConvolutionGeometry.of(3, 3, 1, 0);
            Tensor filters = Tensor.zeros(Shape.of(3, 3, 2, 4));
            assertThrows(IllegalArgumentException.class, () -> new DirectConvolution(convolution).forward(Execution.of(engine), Tensor.zeros(Shape.of(2, 5, 2)), filters));
            assertThrows(IllegalArgumentException.class, () -> new DirectConvolution(convolution).forward(Execution.of(engine), Tensor.zeros(Shape.of(5, 5, 3)), filters));
            assertThrows(IllegalArgumentException.class,
                    () -> new DirectConvolution(convolution).forward(Execution.of(engine), Tensor.zeros(Shape.of(5, 5, 2)), Tensor.zeros(Shape.of(1, 9, 2, 4))));
            assertThrows(IllegalArgumentException.class,
                    () -> new DirectConvolution(convolution).inputGradient(Execution.of(engine), Tensor.zeros(Shape.of(4, 3, 4)), filters, Shape.of(5, 5, 2)));
            SmallChannelConvolution smallChannel = new SmallChannelConvolution(Execution.of(engine), convolution, 2);
            assertThrows(IllegalArgumentException.class, () -> smallChannel.forward(Tensor.zeros(Shape.of(5, 5, 3)), filters));
            assertThrows(IllegalArgumentException.class, () -> smallChannel.forward(Tensor.zeros(Shape.of(5, 5, 2)), Tensor.zeros(Shape.of(1, 9, 2, 4))));
            assertThrows(IllegalArgumentException.class,
                    () -> smallChannel.inputGradient(Tensor.zeros(Shape.of(4, 3, 4)), filters, Shape.of(5, 5, 2)));
            ConvolutionGeometry dilated = new ConvolutionGeometry(Window.of(3, 1, 0), new Window(3, 1, 0, 0, 2));
            assertThrows(IllegalArgumentException.class,
                    () -> new SmallChannelConvolution(Execution.of(engine), dilated, 2).forward(Tensor.zeros(Shape.of(5, 5, 2)), filters));
        }
    }
}
