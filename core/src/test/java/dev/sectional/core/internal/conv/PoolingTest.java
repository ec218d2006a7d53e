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
    void maximaAndRoutesAgreeWithPlainLoops(@ForAll @IntRange(min = 1, max = 4) int kernel,
                                            @ForAll @IntRange(min = 1, max = 4) int stride,
                                            @ForAll @IntRange(min = 0, max = 2) int padding, @ForAll boolean ceil,
                                            @ForAll @IntRange(min = 4, max = 13) int height,
                                            @ForAll @IntRange(min = 4, max = 13) int width,
                                            @ForAll @IntRange(min = 1, max = 35) int channels) {
        PoolingGeometry pooling = PoolingGeometry.of(kernel, stride, Math.min(padding, kernel / 2), ceil);
        check(pooling, Shape.of(height, width, channels));
    }

    @Test
    void dilatedAndUnevenWindowsAgreeWithPlainLoops() {
        Window dilated = new Window(3, 2, 0, 1, 2);
        check(new PoolingGeometry(dilated, new Window(2, 1, 1, 0, 3), false), Shape.of(9, 8, 5));
        check(new PoolingGeometry(new Window(2, 3, 2, 0, 2), new Window(3, 2, 1, 2, 1), true), Shape.of(8, 11, 19));
    }

    private static void check(PoolingGeometry pooling, Shape shape) {
        Tensor x = Loops.random(1, shape);
        for (int i = 0; i < x.data().length; i++) {
            x.data()[i] = Math.max(0, Math.round(4 * x.data()[i]));   // many zeros and ties
        }
        int channels = shape.dim(2);
        Shape pooled = pooling.outputShape(shape);
        Tensor values = Loops.random(2, pooled);
        float[] maxima = new float[pooled.size()];
        FloatSums routed = new FloatSums(shape);
        for (int i = 0; i < maxima.length; i++) {
            int position = i / channels;
            int first = firstMax(pooling, x, position / pooled.dim(1), position % pooled.dim(1), i % channels);
            maxima[i] = x.data()[first];
            routed.add(first, values.data()[i], 1);
        }
        try (Engine engine = Engine.open(Provider.configured(), 2)) {
            MaxPooling algorithm = new MaxPooling(pooling);
            assertArrayEquals(maxima, algorithm.max(Execution.of(engine), x).data());
            routed.require("values routed by " + pooling, algorithm.routeToFirstMax(Execution.of(engine), x, values));
        }
    }

    private static int firstMax(PoolingGeometry pooling, Tensor x, int row, int column, int channel) {
        int first = -1;
        for (int offset = 0; offset < pooling.rows().size() * pooling.columns().size(); offset++) {
            int v = position(pooling.rows(), row, offset / pooling.columns().size());
            int u = position(pooling.columns(), column, offset % pooling.columns().size());
            if (v >= 0 && u >= 0 && v < x.shape().dim(0) && u < x.shape().dim(1)) {
                int at = (v * x.shape().dim(1) + u) * x.shape().dim(2) + channel;
                first = first < 0 || x.data()[at] > x.data()[first] ? at : first;
            }
        }
        return first;
    }

    private static int position(Window window, int step, int offset) {
        return step * window.stride() - window.before() + offset * window.dilation();
    }

    /** Overlapping windows: the division of the channels into tasks depends on the threads. */
    @Test
    void routesOfManyChannelsDoNotDependOnThreads() {
        MaxPooling pooling = new MaxPooling(PoolingGeometry.of(3, 2, 1, false));
        Tensor x = Loops.random(1, Shape.of(9, 11, 150));
        Tensor values = Loops.random(2, Shape.of(5, 6, 150));
        float[] first = null;
        for (int threads : new int[] {1, 2, 3, 7}) {
            try (Engine engine = Engine.open(Provider.configured(), threads)) {
                float[] routed = pooling.routeToFirstMax(Execution.of(engine), x, values).data();
                first = first == null ? routed : first;
                assertArrayEquals(first, routed, threads + " threads");
            }
        }
        check(PoolingGeometry.of(3, 2, 1, false), Shape.of(9, 11, 150));
    }

    @Test
    void ceilingModeCountsAWindowThatStartsInside() {
        assertEquals(6, Window.of(3, 2, 0).count(13));
        assertEquals(7, Window.of(3, 2, 0).countWithPartial(14));
        assertEquals(6, Window.of(3, 2, 0).count(14));
        assertEquals(2, Window.of(2, 2, 1).countWithPartial(2));   // a third window would start in the right padding
    }

    @Test
    void refusesPaddingOfAWindowAndWindowsLargerThanTheSide() {
        assertThrows(IllegalArgumentException.class, () -> PoolingGeometry.of(2, 2, 2, false));
        assertThrows(IllegalArgumentException.class, () -> Window.of(3, 1, 0).count(2));
    }
}
