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
import java.util.List;
import org.junit.jupiter.api.Test;

class SmallChannelSharesTest {
    private static final int OUTPUTS = 9;

    /** Strides of 1 to 4, padding, dilation, windows beyond a task's rows, rows that no window reads. */
    private static final List<ConvolutionGeometry> GEOMETRIES = List.of(
            ConvolutionGeometry.of(3, 3, 1, 1), ConvolutionGeometry.of(7, 7, 2, 3),
            ConvolutionGeometry.of(3, 3, 2, 0), ConvolutionGeometry.of(11, 11, 4, 2),
            ConvolutionGeometry.of(1, 1, 3, 0), ConvolutionGeometry.of(5, 2, 3, 0),
            new ConvolutionGeometry(new Window(3, 2, 0, 4, 3), new Window(2, 1, 3, 0, 2)));

    @Test
    void agreesWithPlainLoopsOnAnyNumberOfThreads() {
        for (ConvolutionGeometry geometry : GEOMETRIES) {
            for (int channels = 1; channels <= 3; channels++) {
                check(geometry, Shape.of(47, 31, channels), 2);
            }
            check(geometry, Shape.of(12, 40, 2), 1);
        }
    }

    private static void check(ConvolutionGeometry geometry, Shape image, int terms) {
        int channels = terms * image.dim(2);
        Tensor x = Loops.random(1, Shape.of(image.dim(0), image.dim(1), channels));
        Tensor w = Loops.random(2, Shape.of(geometry.rows().size(), geometry.columns().size(), channels, OUTPUTS));
        Tensor s = Loops.random(3, geometry.outputShape(image, OUTPUTS));
        FloatSums wanted = new FloatSums(image);
        Loops.convolve(geometry, x.shape(), w.shape(), s.shape(), (i, f, o) ->
                wanted.add(i / channels * image.dim(2) + i % image.dim(2), (double) s.data()[o] * w.data()[f],
                        x.data()[i]));
        float[] one = null;
        for (int threads : new int[] {1, 3}) {
            try (Engine engine = Engine.open(Provider.configured(), threads)) {
                Tensor shares = Loops.random(4, image);
                SmallChannelShares.write(Execution.of(engine), geometry, s, w, x, shares);
                wanted.require(geometry + " at " + x.shape(), shares);
                one = one == null ? shares.data() : one;
                assertArrayEquals(one, shares.data(), "3 threads, " + geometry);
            }
        }
    }

    @Test
    void refusesRelevanceOfAnotherShape() {
        try (Engine engine = Engine.open(Provider.configured(), 1)) {
            Execution execution = Execution.of(engine);
            Tensor x = Tensor.zeros(Shape.of(4, 4, 2));
            Tensor w = Tensor.zeros(Shape.of(3, 3, 2, 5));
            Tensor s = Tensor.zeros(Shape.of(3, 2, 5));
            Tensor shares = Tensor.zeros(Shape.of(4, 4, 1));
            assertThrows(IllegalArgumentException.class, () ->
                    SmallChannelShares.write(execution, ConvolutionGeometry.of(3, 3, 1, 0), s, w, x, shares));
        }
    }
}
