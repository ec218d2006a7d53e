package dev.sectional.core.internal.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sectional.core.Engine;
import dev.sectional.core.Provider;
import dev.sectional.core.Shape;
import dev.sectional.core.internal.conv.Loops;
import dev.sectional.core.internal.exec.Execution;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;

/** Rows of a matrix in an array and in a buffer: the same products, to the bit. */
class BufferRowsTest {
    private static final int ROWS = BufferRows.COUNT;
    private static final int FIRST = 3;
    private final Kernels kernels = Execution.of(Engine.open(Provider.configured(), 1)).kernels();

    private static ByteBuffer buffer(float[] values) {
        ByteBuffer buffer = ByteBuffer.allocateDirect(Float.BYTES * values.length).order(ByteOrder.LITTLE_ENDIAN);
        buffer.asFloatBuffer().put(values);
        return buffer;
    }

    /** Below, at, a multiple of, and above the width of any vector. */
    private static int[] widths() {
        return new int[] {0, 1, 7, 8, 9, 15, 16, 17, 64, 100, 1000};
    }

    @Test
    void dotsAddUpProducts() {
        for (int width : widths()) {
            float[] a = Loops.random(1, Shape.of(FIRST + width + 1)).data();
            float[] x = Loops.random(2, Shape.of(width + 5)).data();
            float[] sums = new float[kernels.partialSumCount() + 2];
            sums[2] = 0.5f;
            kernels.accumulateDot(a, FIRST, x, 5, width, sums, 2);
            double wanted = 0.5;
            for (int i = 0; i < width; i++) {
                wanted += (double) a[FIRST + i] * x[5 + i];
            }
            assertEquals(wanted, kernels.reducePartialSums(sums, 2), 1e-4, "width " + width);
        }
    }

    @Test
    void aBufferGivesTheBitsOfAnArrayCopiedAndInPlace() {
        assertEquals(!(kernels instanceof ScalarKernels), kernels.readsBuffers(),
                "the vector module reads buffers on every Java from 17 on");
        assumeTrue(kernels.readsBuffers(), "the scalar kernels read arrays alone");
        for (int repeat = 0; repeat < 2000; repeat++) {
            int width = widths()[repeat % widths().length];
            int step = width + repeat % 5;
            float[] a = Loops.random(repeat, Shape.of(FIRST + ROWS * step + width + 1)).data();
            float[] x = Loops.random(-repeat, Shape.of(width + 1)).data();
            dots(a, x, width, step);
            addRows(a, x, width, step);
        }
    }

    private void dots(float[] a, float[] x, int width, int step) {
        int running = kernels.partialSumCount();
        float[] wanted = Loops.random(7, Shape.of(2 + ROWS * running)).data();
        float[] got = wanted.clone();
        int[] starts = new int[ROWS];
        for (int row = 0; row < ROWS; row++) {
            starts[row] = FIRST + row * step;
            kernels.accumulateDot(a, starts[row], x, 1, width, wanted, 2 + row * running);
        }
        float[] inPlace = got.clone();
        kernels.bufferRows(buffer(a)).accumulateDots(starts, x, 1, width, got, 2);
        assertArrayEquals(wanted, got, "width " + width + ", step " + step);
        new SimdBufferRows(buffer(a), true).accumulateDots(starts, x, 1, width, inPlace, 2);
        assertArrayEquals(wanted, inPlace, "in place, width " + width + ", step " + step);
    }

    private void addRows(float[] a, float[] scales, int width, int step) {
        float[] own = new float[ROWS];
        int[] starts = new int[ROWS];
        float[] wanted = Loops.random(8, Shape.of(1 + width)).data();
        float[] got = wanted.clone();
        for (int row = 0; row < ROWS; row++) {
            own[row] = scales[row % scales.length];
            starts[row] = FIRST + (ROWS - 1 - row) * step;
            kernels.addScaled(own[row], a, starts[row], wanted, 1, width);
        }
        float[] inPlace = got.clone();
        kernels.bufferRows(buffer(a)).addScaled(own, starts, got, 1, width);
        assertArrayEquals(wanted, got, "width " + width + ", step " + step);
        new SimdBufferRows(buffer(a), true).addScaled(own, starts, inPlace, 1, width);
        assertArrayEquals(wanted, inPlace, "in place, width " + width + ", step " + step);
    }
}
