package dev.sectional.core.internal.kernel;

import java.lang.invoke.MethodHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Rows of a matrix in a buffer, over the vector module. Eight rows are read side by side, because a core waits for
 * memory less often with eight streams than with one (24 GB/s measured, and 14). The loops are written out for the
 * reasons that {@link SimdKernels} gives.
 *
 * <p>Each iteration also reads one byte without vectors. If a mapped file has become shorter, reads beyond its end
 * fail. The JVM turns the failure into an {@link InternalError} only in compiled code with such a scalar read; it
 * crashes in code with vector reads alone.
 */
final class SimdBufferRows implements BufferRows {
    private static final VectorSpecies<Float> SPECIES = SimdSpecies.FLOAT;
    private static final int LANES = SPECIES.length();
    private static final MethodHandle LOAD = BufferVectorLookup.LOAD;
    private static final MethodHandle SEGMENT = BufferVectorLookup.SEGMENT;

    /** Receives the bytes that were read, so that the JIT compiler keeps the reads. */
    private static int witness;

    private final ByteBuffer a;
    /** The source that {@link #LOAD} takes, made once: thousands of calls follow. */
    private final Object values;

    SimdBufferRows(ByteBuffer a) {
        this.a = a;
        try {
            values = SEGMENT == null ? a : (Object) SEGMENT.invokeExact(a);
        } catch (Throwable e) {
            throw unchecked(e);
        }
    }

    static boolean available() {
        return LOAD != null;
    }

    @Override
    public void accumulateDots(int start, int step, float[] x, int xStart, int count, float[] sums, int sumStart) {
        try {
            accumulateDots(a, values, start, step, x, xStart, count, sums, sumStart);
        } catch (Throwable e) {
            throw unchecked(e);
        }
    }

    @Override
    public void addScaled(float[] scales, int[] starts, float[] y, int yStart, int count) {
        try {
            addScaled(scales, a, values, starts, y, yStart, count);
        } catch (Throwable e) {
            throw unchecked(e);
        }
    }

    /** Handles declare {@link Throwable}; the methods behind them throw nothing checked. */
    private static Error unchecked(Throwable e) {
        if (e instanceof RuntimeException unchecked) {
            throw unchecked;
        }
        throw (Error) e;
    }

    private static FloatVector load(Object values, int at) throws Throwable {
        return (FloatVector) LOAD.invokeExact((VectorSpecies) SPECIES, values, at, ByteOrder.LITTLE_ENDIAN);
    }

    private static void accumulateDots(ByteBuffer a, Object values, int start, int step, float[] x, int xStart,
                                       int count, float[] sums, int sumStart)
            throws Throwable {
        int a0 = Float.BYTES * start;
        int a1 = Float.BYTES * (start + step);
        int a2 = Float.BYTES * (start + 2 * step);
        int a3 = Float.BYTES * (start + 3 * step);
        int a4 = Float.BYTES * (start + 4 * step);
        int a5 = Float.BYTES * (start + 5 * step);
        int a6 = Float.BYTES * (start + 6 * step);
        int a7 = Float.BYTES * (start + 7 * step);
        FloatVector s0 = FloatVector.fromArray(SPECIES, sums, sumStart);
        FloatVector s1 = FloatVector.fromArray(SPECIES, sums, sumStart + LANES);
        FloatVector s2 = FloatVector.fromArray(SPECIES, sums, sumStart + 2 * LANES);
        FloatVector s3 = FloatVector.fromArray(SPECIES, sums, sumStart + 3 * LANES);
        FloatVector s4 = FloatVector.fromArray(SPECIES, sums, sumStart + 4 * LANES);
        FloatVector s5 = FloatVector.fromArray(SPECIES, sums, sumStart + 5 * LANES);
        FloatVector s6 = FloatVector.fromArray(SPECIES, sums, sumStart + 6 * LANES);
        FloatVector s7 = FloatVector.fromArray(SPECIES, sums, sumStart + 7 * LANES);
        int touched = 0;
        int i = 0;
        for (; i <= count - LANES; i += LANES) {
            int at = Float.BYTES * i;
            touched += a.get(a0 + at);
            FloatVector own = FloatVector.fromArray(SPECIES, x, xStart + i);
            s0 = load(values, a0 + at).fma(own, s0);
            s1 = load(values, a1 + at).fma(own, s1);
            s2 = load(values, a2 + at).fma(own, s2);
            s3 = load(values, a3 + at).fma(own, s3);
            s4 = load(values, a4 + at).fma(own, s4);
            s5 = load(values, a5 + at).fma(own, s5);
            s6 = load(values, a6 + at).fma(own, s6);
            s7 = load(values, a7 + at).fma(own, s7);
        }
        s0.intoArray(sums, sumStart);
        s1.intoArray(sums, sumStart + LANES);
        s2.intoArray(sums, sumStart + 2 * LANES);
        s3.intoArray(sums, sumStart + 3 * LANES);
        s4.intoArray(sums, sumStart + 4 * LANES);
        s5.intoArray(sums, sumStart + 5 * LANES);
        s6.intoArray(sums, sumStart + 6 * LANES);
        s7.intoArray(sums, sumStart + 7 * LANES);
        witness = touched;
        for (; i < count; i++) {
            int at = Float.BYTES * i;
            float own = x[xStart + i];
            sums[sumStart] += a.getFloat(a0 + at) * own;
            sums[sumStart + LANES] += a.getFloat(a1 + at) * own;
            sums[sumStart + 2 * LANES] += a.getFloat(a2 + at) * own;
            sums[sumStart + 3 * LANES] += a.getFloat(a3 + at) * own;
            sums[sumStart + 4 * LANES] += a.getFloat(a4 + at) * own;
            sums[sumStart + 5 * LANES] += a.getFloat(a5 + at) * own;
            sums[sumStart + 6 * LANES] += a.getFloat(a6 + at) * own;
            sums[sumStart + 7 * LANES] += a.getFloat(a7 + at) * own;
        }
    }

    private static void addScaled(float[] scales, ByteBuffer a, Object values, int[] starts, float[] y, int yStart,
                                  int count) throws Throwable {
        int a0 = Float.BYTES * starts[0];
        int a1 = Float.BYTES * starts[1];
        int a2 = Float.BYTES * starts[2];
        int a3 = Float.BYTES * starts[3];
        int a4 = Float.BYTES * starts[4];
        int a5 = Float.BYTES * starts[5];
        int a6 = Float.BYTES * starts[6];
        int a7 = Float.BYTES * starts[7];
        FloatVector c0 = FloatVector.broadcast(SPECIES, scales[0]);
        FloatVector c1 = FloatVector.broadcast(SPECIES, scales[1]);
        FloatVector c2 = FloatVector.broadcast(SPECIES, scales[2]);
        FloatVector c3 = FloatVector.broadcast(SPECIES, scales[3]);
        FloatVector c4 = FloatVector.broadcast(SPECIES, scales[4]);
        FloatVector c5 = FloatVector.broadcast(SPECIES, scales[5]);
        FloatVector c6 = FloatVector.broadcast(SPECIES, scales[6]);
        FloatVector c7 = FloatVector.broadcast(SPECIES, scales[7]);
        int touched = 0;
        int i = 0;
        for (; i <= count - LANES; i += LANES) {
            int at = Float.BYTES * i;
            touched += a.get(a0 + at);
            FloatVector sum = FloatVector.fromArray(SPECIES, y, yStart + i);
            sum = load(values, a0 + at).fma(c0, sum);
            sum = load(values, a1 + at).fma(c1, sum);
            sum = load(values, a2 + at).fma(c2, sum);
            sum = load(values, a3 + at).fma(c3, sum);
            sum = load(values, a4 + at).fma(c4, sum);
            sum = load(values, a5 + at).fma(c5, sum);
            sum = load(values, a6 + at).fma(c6, sum);
            sum = load(values, a7 + at).fma(c7, sum);
            sum.intoArray(y, yStart + i);
        }
        witness = touched;
        for (; i < count; i++) {
            int at = Float.BYTES * i;
            float sum = y[yStart + i];
            sum = Math.fma(a.getFloat(a0 + at), scales[0], sum);
            sum = Math.fma(a.getFloat(a1 + at), scales[1], sum);
            sum = Math.fma(a.getFloat(a2 + at), scales[2], sum);
            sum = Math.fma(a.getFloat(a3 + at), scales[3], sum);
            sum = Math.fma(a.getFloat(a4 + at), scales[4], sum);
            sum = Math.fma(a.getFloat(a5 + at), scales[5], sum);
            sum = Math.fma(a.getFloat(a6 + at), scales[6], sum);
            sum = Math.fma(a.getFloat(a7 + at), scales[7], sum);
            y[yStart + i] = sum;
        }
    }
}
