package dev.sectional.core.internal.conv;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
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

class DepthwiseConvolutionTest {
    @Property(tries = 200)
    void everyGeometryAgreesWithPlainLoops(@ForAll("windows") Window rows, @ForAll("windows") Window columns,
                                           @ForAll @IntRange(min = 1, max = 40) int groups,
                                           @ForAll @IntRange(min = 1, max = 3) int channels,
                                           @ForAll @IntRange(min = 1, max = 3) int filters,
                                           @ForAll @IntRange(min = 0, max = 20) int more) {
        Shape input = Shape.of(least(rows) + more / 2, least(columns) + more, groups * channels);
        check(input, groups * filters, groups, new ConvolutionGeometry(rows, columns));
    }

    private static int least(Window window) {
        return Math.max(1, window.span() - window.before() - window.after());
    }

    @Provide
    Arbitrary<Window> windows() {
        Arbitrary<Integer> padding = Arbitraries.integers().between(0, 4);
        Arbitrary<Integer> step = Arbitraries.integers().between(1, 4);
        return Combinators.combine(Arbitraries.integers().between(1, 5), step, padding, padding, step).as(Window::new);
    }

    @Test
    void severalTasksAgreeWithPlainLoops() {
        check(Shape.of(41, 43, 300), 300, 300, ConvolutionGeometry.of(3, 3, 1, 1));
        check(Shape.of(35, 29, 64), 64, 16, ConvolutionGeometry.of(3, 3, 2, 1));
    }

    private static void check(Shape input, int outputs, int groups, ConvolutionGeometry geometry) {
        int channels = input.dim(2) / groups;
        int filtersOfGroup = outputs / groups;
        Shape whole = Shape.of(geometry.rows().size(), geometry.columns().size(), input.dim(2), outputs);
        Shape kernel = Shape.of(whole.dim(0), whole.dim(1), channels, outputs);
        Tensor x = Loops.random(1, input);
        Tensor filters = Loops.random(2, kernel);
        Shape output = geometry.outputShape(input, outputs);
        Tensor outputGradient = Loops.random(3, output);
        FloatSums y = new FloatSums(output);
        FloatSums ofInput = new FloatSums(input);
        FloatSums ofFilters = new FloatSums(kernel);
        for (int group = 0; group < groups; group++) {
            int first = group;
            Shape in = Shape.of(input.dim(0), input.dim(1), channels);
            Shape out = Shape.of(output.dim(0), output.dim(1), filtersOfGroup);
            Loops.convolve(geometry, in, Shape.of(whole.dim(0), whole.dim(1), channels, filtersOfGroup), out,
                    (i, f, o) -> {
                        int from = i / channels * input.dim(2) + first * channels + i % channels;
                        int filter = f / filtersOfGroup * outputs + first * filtersOfGroup + f % filtersOfGroup;
                        int to = o / filtersOfGroup * outputs + first * filtersOfGroup + o % filtersOfGroup;
                        y.add(to, x.data()[from], filters.data()[filter]);
                        ofInput.add(from, outputGradient.data()[to], filters.data()[filter]);
                        ofFilters.add(filter, x.data()[from], outputGradient.data()[to]);
                    });
        }
        String what = input + " by " + kernel + " in " + groups + " groups, " + geometry;
        try (Engine engine = Engine.open(Provider.configured(), 2); Engine one =
                Engine.open(Provider.configured(), 1)) {
            DepthwiseConvolution two = new DepthwiseConvolution(Execution.of(engine), geometry, groups);
            DepthwiseConvolution alone = new DepthwiseConvolution(Execution.of(one), geometry, groups);
            Tensor forward = two.forward(x, filters, Epilogue.NONE);
            y.require("output, " + what, forward);
            assertArrayEquals(alone.forward(x, filters, Epilogue.NONE).data(), forward.data(), what);
            Tensor inputGradient = two.inputGradient(outputGradient, filters, input);
            ofInput.require("input gradient, " + what, inputGradient);
            assertArrayEquals(alone.inputGradient(outputGradient, filters, input).data(), inputGradient.data(), what);
            Tensor filterGradient = two.filterGradient(x, outputGradient);
            ofFilters.require("filter gradient, " + what, filterGradient);
            assertArrayEquals(alone.filterGradient(x, outputGradient).data(), filterGradient.data(), what);
        }
    }

    @Test
    void biasAndBoundsFollowTheSums() {
        try (Engine engine = Engine.open(Provider.configured(), 1)) {
            Tensor x = Loops.random(1, Shape.of(5, 6, 37));
            Tensor filters = Loops.random(2, Shape.of(3, 3, 1, 37));
            float[] bias = Loops.random(3, Shape.of(37)).data();
            DepthwiseConvolution convolution = new DepthwiseConvolution(Execution.of(engine),
                    ConvolutionGeometry.of(3, 3, 1, 1), 37);
            float[] wanted = convolution.forward(x, filters, Epilogue.NONE).data().clone();
            for (int i = 0; i < wanted.length; i++) {
                wanted[i] = Math.min(Math.max(wanted[i] + bias[i % 37], -0.5f), 0.75f);
            }
            assertArrayEquals(wanted, convolution.forward(x, filters, new Epilogue(bias, -0.5f, 0.75f)).data());
        }
    }

    @Test
    void refusesShapesThatDoNotFit() {
        try (Engine engine = Engine.open(Provider.configured(), 1)) {
            DepthwiseConvolution convolution = new DepthwiseConvolution(Execution.of(engine),
                    ConvolutionGeometry.of(3, 3, 1, 0), 4);
            Tensor x = Tensor.zeros(Shape.of(5, 5, 4));
            Tensor filters = Tensor.zeros(Shape.of(3, 3, 1, 8));
            Tensor twoChannels = Tensor.zeros(Shape.of(3, 3, 2, 8));
            Tensor flat = Tensor.zeros(Shape.of(1, 9, 1, 8));
            Tensor wrong = Tensor.zeros(Shape.of(4, 3, 8));
            assertThrows(IllegalArgumentException.class, () -> convolution.forward(x, twoChannels, Epilogue.NONE));
            assertThrows(IllegalArgumentException.class, () -> convolution.forward(x, flat, Epilogue.NONE));
            assertThrows(IllegalArgumentException.class, () -> convolution.inputGradient(wrong, filters, x.shape()));
            assertThrows(IllegalArgumentException.class, () -> convolution.filterGradient(x, wrong));
        }
    }
}
