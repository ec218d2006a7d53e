package dev.sectional.core.internal.conv;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.sectional.core.ConvolutionGeometry;
import dev.sectional.core.Engine;
import dev.sectional.core.PoolingGeometry;
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

    @Property(tries = 25)
    void stemsHaveTheBitsOfWholeMaps(@ForAll @IntRange(min = 1, max = 7) int kernel,
                                     @ForAll @IntRange(min = 1, max = 4) int stride,
                                     @ForAll @IntRange(min = 0, max = 3) int padding,
                                     @ForAll @IntRange(min = 1, max = 4) int window, @ForAll boolean ceil,
                                     @ForAll @IntRange(min = 1, max = 40) int outputs,
                                     @ForAll @IntRange(min = 0, max = 60) int more) {
        Shape input = Shape.of(kernel + stride * 3 + more, kernel + stride * 3 + more / 2, 1 + more % 3);
        checkStem(input, ConvolutionGeometry.of(kernel, kernel, stride, padding), outputs,
                PoolingGeometry.of(window, 1 + more % 3, window / 2, ceil));
    }

    @Test
    void stemsOfManyBandsHaveTheBitsOfWholeMaps() {
        checkStem(Shape.of(150, 140, 3), ConvolutionGeometry.of(7, 7, 2, 3), 64, PoolingGeometry.of(3, 2, 1, false));
    }

    private static void checkStem(Shape input, ConvolutionGeometry geometry, int outputs, PoolingGeometry window) {
        Tensor x = Loops.random(1, input);
        int area = geometry.kernelArea();
        Tensor filters = Loops.random(2, Shape.of(geometry.rows().size(), geometry.columns().size(), input.dim(2),
                outputs));
        Tensor depthwise = Loops.random(3, Shape.of(3, 3, 1, outputs));
        ConvolutionGeometry same = ConvolutionGeometry.of(3, 3, 1, 1);
        Epilogue epilogue = Epilogue.ofRelu(Loops.random(4, Shape.of(outputs)).data());
        MaxPooling pooling = new MaxPooling(window);
        for (int threads = 1; threads <= 2; threads++) {
            try (Engine engine = Engine.open(Provider.configured(), threads)) {
                Execution execution = Execution.of(engine);
                PackedMatrix packed = DirectConvolution.pack(execution, filters);
                Tensor whole = new SmallChannelConvolution(execution, geometry, input.dim(2))
                        .forward(x, packed, epilogue);
                Tensor direct = new DirectConvolution(geometry).forward(execution, x, packed, epilogue);
                for (int i = 0; i < direct.data().length; i++) {
                    assertEquals(direct.data()[i], whole.data()[i], 1e-5f * area, input + ", " + geometry);
                }
                Tensor pooled = pooling.max(execution, whole);
                Tensor small = new DepthwiseConvolution(execution, same, outputs).forward(whole, depthwise, epilogue);
                for (int pass = 0; pass < 2; pass++) {
                    assertArrayEquals(pooled.data(), new RowBands(execution, input)
                            .smallChannel(geometry, packed, epilogue).maxPooling(pooling).run(x).data(),
                            input + ", " + geometry + ", " + window);
                    assertArrayEquals(small.data(), new RowBands(execution, input)
                            .smallChannel(geometry, packed, epilogue).depthwise(same, depthwise, epilogue)
                            .run(x).data(),
                            input + ", " + geometry);
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
