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

/** Bands of rows against the same convolutions one after the other: the same bits. */
class RowBandsTest {
    private static final ConvolutionGeometry POINTWISE = ConvolutionGeometry.of(1, 1, 1, 0);

    @Property(tries = 100)
    void everyGeometryHasTheBitsOfWholeMaps(@ForAll("windows") Window rows, @ForAll("windows") Window columns,
                                            @ForAll @IntRange(min = 1, max = 40) int channels,
                                            @ForAll @IntRange(min = 1, max = 70) int expanded,
                                            @ForAll @IntRange(min = 0, max = 40) int more) {
        Shape input = Shape.of(least(rows) + more, least(columns) + more / 3, channels);
        check(input, expanded, 1 + more, new ConvolutionGeometry(rows, columns));
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
    void mapsOfManyBandsHaveTheBitsOfWholeMaps() {
        check(Shape.of(61, 40, 300), 270, 33, ConvolutionGeometry.of(3, 3, 1, 1));
        check(Shape.of(60, 56, 24), 144, 24, ConvolutionGeometry.of(5, 5, 2, 2));
    }

    private static void check(Shape input, int expanded, int outputs, ConvolutionGeometry geometry) {
        Tensor x = Loops.random(1, input);
        Tensor first = Loops.random(2, Shape.of(1, 1, input.dim(2), expanded));
        Tensor depthwise = Loops.random(3, Shape.of(geometry.rows().size(), geometry.columns().size(), 1, expanded));
        Tensor second = Loops.random(4, Shape.of(1, 1, expanded, outputs));
        float[] bias = Loops.random(5, Shape.of(expanded)).data();
        float[] lastBias = Loops.random(6, Shape.of(outputs)).data();
        for (int threads = 1; threads <= 2; threads++) {
            try (Engine engine = Engine.open(Provider.configured(), threads)) {
                Execution execution = Execution.of(engine);
                PackedMatrix a = DirectConvolution.pack(execution, first);
                PackedMatrix b = DirectConvolution.pack(execution, second);
                Epilogue clip = new Epilogue(bias, -0.5f, 0.75f);
                Tensor wide = new DirectConvolution(POINTWISE).forward(execution, x, a, Epilogue.ofRelu(bias));
                Tensor small = new DepthwiseConvolution(execution, geometry, expanded).forward(wide, depthwise, clip);
                Tensor wanted = new DirectConvolution(POINTWISE).forward(execution, small, b, Epilogue.of(lastBias));
                // A pass that read rows of another band would show in the second one.
                for (int pass = 0; pass < 2; pass++) {
                    Tensor y = new RowBands(execution, input).pointwise(a, Epilogue.ofRelu(bias))
                            .depthwise(geometry, depthwise, clip).pointwise(b, Epilogue.of(lastBias)).run(x);
                    assertArrayEquals(wanted.data(), y.data(), input + ", " + geometry);
                    Tensor two = new RowBands(execution, input).pointwise(a, Epilogue.ofRelu(bias))
                            .depthwise(geometry, depthwise, clip).run(x);
                    assertArrayEquals(small.data(), two.data(), input + ", " + geometry);
                }
            }
        }
    }

    @Test
    void refusesAnotherShape() {
        try (Engine engine = Engine.open(Provider.configured(), 1)) {
            RowBands bands = new RowBands(Execution.of(engine), Shape.of(4, 4, 2));
            assertThrows(IllegalArgumentException.class, () -> bands.run(Tensor.zeros(Shape.of(4, 5, 2))));
        }
    }
}
