package dev.sectional.core;

import static org.junit.jupiter.api.Assertions.assertThrows;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class ConvolutionTest {
    @Property(tries = 150)
    void allThreeAgreeWithPlainLoops(@ForAll @IntRange(min = 1, max = 7) int kernelHeight, @ForAll @IntRange(min = 1, max = 5) int kernelWidth,
                                     @ForAll @IntRange(min = 1, max = 4) int stride, @ForAll @IntRange(min = 0, max = 3) int padding,
                                     @ForAll @IntRange(min = 1, max = 20) int channels, @ForAll @IntRange(min = 1, max = 70) int outputs,
                                     @ForAll @IntRange(min = 1, max = 16) int height, @ForAll @IntRange(min = 1, max = 16) int width) {
        check(Shape.of(Math.max(height, kernelHeight), Math.max(width, kernelWidth), channels),
                Shape.of(kernelHeight, kernelWidth, channels, outputs), new Convolution(stride, padding));
    }

    @Test
    void manyChannelsAndPlaces() {
        check(Shape.of(14, 14, 130), Shape.of(3, 3, 130, 65), new Convolution(1, 1));
        check(Shape.of(29, 31, 20), Shape.of(3, 3, 20, 33), new Convolution(1, 1));
    }

    private static void check(Shape input, Shape kernel, Convolution convolution) {
        Tensor x = Loops.random(1, input);
        Tensor filters = Loops.random(2, kernel);
        Shape output = Shape.of(convolution.outputSize(input.dim(0), kernel.dim(0)),
                convolution.outputSize(input.dim(1), kernel.dim(1)), kernel.dim(3));
        Tensor upstream = Loops.random(3, output);
        double[] y = new double[output.size()];
        double[] ofInput = new double[input.size()];
        double[] ofFilters = new double[kernel.size()];
        Loops.convolve(convolution, input, kernel, output, (i, f, o) -> {
            y[o] += (double) x.data()[i] * filters.data()[f];
            ofInput[i] += (double) upstream.data()[o] * filters.data()[f];
            ofFilters[f] += (double) x.data()[i] * upstream.data()[o];
        });
        String what = input + " by " + kernel + ", " + convolution;
        try (Engine engine = Engine.open(Provider.configured(), 2)) {
            Loops.requireClose("output, " + what, y, convolution.forward(engine, x, filters).data(), 1e-5);
            Loops.requireClose("input gradient, " + what, ofInput, convolution.inputGradient(engine, upstream, filters, input).data(), 1e-5);
            Loops.requireClose("filter gradient, " + what, ofFilters,
                    convolution.filterGradient(engine, x, upstream, kernel.dim(0), kernel.dim(1)).data(), 1e-5);
        }
    }

    @Test
    void refusesWhatDoesNotFit() {
        assertThrows(IllegalArgumentException.class, () -> new Convolution(0, 0));
        assertThrows(IllegalArgumentException.class, () -> new Convolution(1, -1));
        try (Engine engine = Engine.open(Provider.configured(), 1)) {
            Convolution convolution = new Convolution(1, 0);
            Tensor filters = Tensor.zeros(Shape.of(3, 3, 2, 4));
            assertThrows(IllegalArgumentException.class, () -> convolution.forward(engine, Tensor.zeros(Shape.of(2, 5, 2)), filters));
            assertThrows(IllegalArgumentException.class, () -> convolution.forward(engine, Tensor.zeros(Shape.of(5, 5, 3)), filters));
            assertThrows(IllegalArgumentException.class,
                    () -> convolution.inputGradient(engine, Tensor.zeros(Shape.of(4, 3, 4)), filters, Shape.of(5, 5, 2)));
        }
    }
}
