package dev.sectional.core;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

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
        Pooling pooling = new Pooling(kernel, stride, Math.min(padding, kernel / 2), ceil);
        Tensor x = Loops.random(1, Shape.of(height, width, channels));
        for (int i = 0; i < x.data().length; i++) {
            x.data()[i] = Math.max(0, Math.round(4 * x.data()[i]));   // many zeros and many ties
        }
        Shape pooled = pooling.outputShape(x.shape());
        Tensor upstream = Loops.random(2, pooled);
        float[] wanted = new float[pooled.size()];
        double[] handed = new double[x.shape().size()];
        for (int i = 0; i < wanted.length; i++) {
            int winner = winner(pooling, x, i / channels / pooled.dim(1), i / channels % pooled.dim(1), i % channels);
            wanted[i] = x.data()[winner];
            handed[winner] += upstream.data()[i];
        }
        try (Engine engine = Engine.open(Provider.configured(), 2)) {
            assertArrayEquals(wanted, pooling.max(engine, x).data());
            Loops.requireClose("winners of " + pooling, handed, pooling.toWinners(engine, x, upstream).data(), 1e-6);
        }
    }

    private static int winner(Pooling pooling, Tensor x, int row, int column, int channel) {
        int best = -1;
        for (int v = row * pooling.stride() - pooling.padding(); v < row * pooling.stride() - pooling.padding() + pooling.kernel(); v++) {
            for (int u = column * pooling.stride() - pooling.padding(); u < column * pooling.stride() - pooling.padding() + pooling.kernel(); u++) {
                if (v >= 0 && u >= 0 && v < x.shape().dim(0) && u < x.shape().dim(1)) {
                    int at = (v * x.shape().dim(1) + u) * x.shape().dim(2) + channel;
                    best = best < 0 || x.data()[at] > x.data()[best] ? at : best;
                }
            }
        }
        return best;
    }

    @Test
    void ceilingModeCountsAWindowThatBeginsInside() {
        assertEquals(6, new Pooling(3, 2, 0, false).outputSize(13));
        assertEquals(7, new Pooling(3, 2, 0, true).outputSize(14));
        assertEquals(6, new Pooling(3, 2, 0, false).outputSize(14));
        assertEquals(2, new Pooling(2, 2, 1, true).outputSize(2));   // a third window would begin in the right padding
    }

    @Test
    void refusesWhatDoesNotFit() {
        assertThrows(IllegalArgumentException.class, () -> new Pooling(2, 2, 2, false));
        assertThrows(IllegalArgumentException.class, () -> new Pooling(3, 1, 0, false).outputSize(2));
    }
}
