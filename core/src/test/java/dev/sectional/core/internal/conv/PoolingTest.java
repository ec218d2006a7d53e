package dev.sectional.core.internal.conv;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.sectional.core.Engine;
import dev.sectional.core.PoolingGeometry;
import dev.sectional.core.Provider;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.Window;
import dev.sectional.core.internal.exec.Execution;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class PoolingTest {
    @Property(tries = 150)
    void windowsAndWinnersAgreeWithPlainLoops(@ForAll @IntRange(min = 1, max = 4) int kernel, @ForAll @IntRange(min = 1, max = 4) int stride,
                                              @ForAll @IntRange(min = 0, max = 2) int padding, @ForAll boolean ceil,
                                              @ForAll @IntRange(min = 4, max = 13) int height, @ForAll @IntRange(min = 4, max = 13) int width,
                                              @ForAll @IntRange(min = 1, max = 35) int channels) {
        check(PoolingGeometry.of(kernel, stride, Math.min(padding, kernel / 2), ceil), height, width, channels);
    }

    @Test
    void dilatedAndUnevenWindowsAgreeWithPlainLoops() {
        check(new PoolingGeometry(new Window(3, 2, 0, 1, 2), new Window(2, 1, 1, 0, 3), false), 9, 8, 5);
        check(new PoolingGeometry(new Window(2, 3, 2, 0, 2), new Window(3, 2, 1, 2, 1), true), 8, 11, 19);
    }

    private static void check(PoolingGeometry pooling, int height, int width, int channels) {
        Tensor x = Loops.random(1, Shape.of(height, width, channels));
        for (int i = 0; i < x.data().length; i++) {
            x.data()[i] = Math.max(0, Math.round(4 * x.data()[i]));   // many zeros and many ties
        }
        Shape pooled = pooling.outputShape(x.shape());
        Tensor outputGradient = Loops.random(2, pooled);
        float[] wanted = new float[pooled.size()];
        double[] handed = new double[x.shape().size()];
        for (int i = 0; i < wanted.length; i++) {
            int winner = winner(pooling, x, i / channels / pooled.dim(1), i / channels % pooled.dim(1), i % channels);
            wanted[i] = x.data()[winner];
            handed[winner] += outputGradient.data()[i];
        }
        try (Engine engine = Engine.open(Provider.configured(), 2)) {
            assertArrayEquals(wanted, new MaxPooling(pooling).max(Execution.of(engine), x).data());
            Loops.requireClose("winners of " + pooling, handed, new MaxPooling(pooling).routeToFirstMax(Execution.of(engine), x, outputGradient).data(), 1e-6);
        }
    }

    private static int winner(PoolingGeometry pooling, Tensor x, int row, int column, int channel) {
        int best = -1;
        for (int tap = 0; tap < pooling.rows().size() * pooling.columns().size(); tap++) {
            int v = place(pooling.rows(), row, tap / pooling.columns().size());
            int u = place(pooling.columns(), column, tap % pooling.columns().size());
            if (v >= 0 && u >= 0 && v < x.shape().dim(0) && u < x.shape().dim(1)) {
                int at = (v * x.shape().dim(1) + u) * x.shape().dim(2) + channel;
                best = best < 0 || x.data()[at] > x.data()[best] ? at : best;
            }
        }
        return best;
    }

    private static int place(Window window, int step, int tap) {
        return step * window.stride() - window.before() + tap * window.dilation();
    }

    @Test
    void ceilingModeCountsAWindowThatBeginsInside() {
        assertEquals(6, Window.of(3, 2, 0).count(13));
        assertEquals(7, Window.of(3, 2, 0).countWithPartial(14));
        assertEquals(6, Window.of(3, 2, 0).count(14));
        assertEquals(2, Window.of(2, 2, 1).countWithPartial(2));   // a third window would begin in the right padding
    }

    @Test
    void refusesWhatDoesNotFit() {
        assertThrows(IllegalArgumentException.class, () -> PoolingGeometry.of(2, 2, 2, false));
        assertThrows(IllegalArgumentException.class, () -> Window.of(3, 1, 0).count(2));
    }
}
