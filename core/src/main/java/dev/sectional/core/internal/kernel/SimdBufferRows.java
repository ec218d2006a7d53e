package dev.sectional.core.internal.kernel;

import java.lang.invoke.MethodHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Rows of a matrix in a buffer, over the vector module. Eight rows are read side by side, because a core waits for
 * memory less often with eight streams than with one (24 GB/s measured, and 14). The loops are written out for the
 * reasons that {@link SimdKernels} gives.
 *
 * <p>If a mapped file has become shorter, reads beyond its end fail. The JVM turns the failure into an
 * {@link InternalError} in interpreted code, in copies, and in compiled code that contains a read without vectors; it
 * crashes in compiled code with vector reads alone. Each iteration therefore also reads one byte without vectors. That
 * helps once the loop is compiled with all that it calls. Before, the JIT compiler may have compiled the method that
 * loads a vector by itself. Until a loop was seen to be compiled, it therefore reads a copy of its rows.
 */
final class SimdBufferRows implements BufferRows {
    private static final VectorSpecies<Float> SPECIES = SimdSpecies.FLOAT;
    private static final int LANES = SPECIES.length();
    private static final MethodHandle LOAD = BufferVectorLookup.LOAD;
    private static final MethodHandle SEGMENT = BufferVectorLookup.SEGMENT;
    /** Elements of each row that are copied at once, a multiple of the lanes. */
    private static final int COPIED = 512;
    /** Where the copied rows start. */
    private static final int[] COPIES = new int[COUNT];

    static {
        Arrays.setAll(COPIES, row -> row * COPIED);
    }

    /** Least elements of each row whose time tells compiled code from other code. */
    private static final int TELLING = 256;
    /** Greatest time of a vector in compiled code, in nanoseconds. */
    private static final int COMPILED_NANOS = 2;

    /** Receives the bytes that were read, so that the JIT compiler keeps the reads. */
    private static int witness;
    /** Whether the loop of {@link #accumulateDots} is known to be compiled with all that it calls. */
    private static volatile boolean dotsCompiled;
    /** The same of {@link #addScaled}. */
    private static volatile boolean sumsCompiled;

    private final boolean inPlace;
    private final ByteBuffer a;
    /** The source that {@link #LOAD} takes, made once: thousands of calls follow. */
    private final Object values;
    /** Memory for the copies; null before the first. */
    private ByteBuffer copyBytes;
    /** The rows of {@link #copyBytes}. */
    private SimdBufferRows copy;

    SimdBufferRows(ByteBuffer a) {
        this(a, false);
    }

    /**
     * Creates rows. All instances read buffers of one class, so that the loops stay compiled.
     *
     * @param inPlace whether nothing is copied; the buffer must not be a mapped file then
     */
    SimdBufferRows(ByteBuffer a, boolean inPlace) {
        this.inPlace = inPlace;
        this.a = a.asReadOnlyBuffer().order(ByteOrder.LITTLE_ENDIAN);
        try {
            values = SEGMENT == null ? this.a : (Object) SEGMENT.invokeExact(this.a.asFloatBuffer());
        } catch (Throwable e) {
            throw unchecked(e);
        }
    }

    static boolean available() {
        return LOAD != null;
    }

    @Override
    public void accumulateDots(int[] starts, float[] x, int xStart, int count, float[] sums, int sumStart) {
        int whole = count - count % LANES;
        if (inPlace || dotsCompiled) {
            accumulateVectors(this, starts, x, xStart, whole, sums, sumStart);
        } else {
            int[] from = starts.clone();
            for (int done = 0; done < whole; done += COPIED) {
                int width = Math.min(COPIED, whole - done);
                SimdBufferRows copied = copy(from, width);
                long began = System.nanoTime();
                accumulateVectors(copied, COPIES, x, xStart + done, width, sums, sumStart);
                dotsCompiled |= isCompiled(System.nanoTime() - began, width);
                advance(from, width);
            }
        }
        for (int row = 0; row < COUNT; row++) {
            for (int i = whole; i < count; i++) {
                sums[sumStart + row * LANES] += a.getFloat(Float.BYTES * (starts[row] + i)) * x[xStart + i];
            }
        }
    }

    private static void advance(int[] starts, int width) {
        for (int row = 0; row < COUNT; row++) {
            starts[row] += width;
        }
    }

    @Override
    public void addScaled(float[] scales, int[] starts, float[] y, int yStart, int count) {
        int whole = count - count % LANES;
        if (inPlace || sumsCompiled) {
            addVectors(scales, this, starts, y, yStart, whole);
        } else {
            int[] from = starts.clone();
            for (int done = 0; done < whole; done += COPIED) {
                int width = Math.min(COPIED, whole - done);
                SimdBufferRows copied = copy(from, width);
                long began = System.nanoTime();
                addVectors(scales, copied, COPIES, y, yStart + done, width);
                sumsCompiled |= isCompiled(System.nanoTime() - began, width);
                advance(from, width);
            }
        }
        for (int i = whole; i < count; i++) {
            float sum = y[yStart + i];
            for (int row = 0; row < COUNT; row++) {
                sum = Math.fma(a.getFloat(Float.BYTES * (starts[row] + i)), scales[row], sum);
            }
            y[yStart + i] = sum;
        }
    }

    /** Copies a part of each row into memory that is not mapped, {@link #COPIED} elements apart. */
    private SimdBufferRows copy(int[] starts, int width) {
        if (copy == null) {
            copyBytes = ByteBuffer.allocateDirect(Float.BYTES * COUNT * COPIED);
            copy = new SimdBufferRows(copyBytes, true);
        }
        for (int row = 0; row < COUNT; row++) {
            copyBytes.put(Float.BYTES * row * COPIED, a, Float.BYTES * starts[row], Float.BYTES * width);
        }
        return copy;
    }

    /**
     * Returns whether a loop over copied rows was too fast for code that calls a method per vector. Such a call
     * allocates a vector and takes 5 ns or more; a compiled loop takes 0.4 to 1 ns a vector. On a machine too slow to
     * tell, rows are copied for ever.
     */
    private static boolean isCompiled(long nanos, int width) {
        return width >= TELLING && nanos < COMPILED_NANOS * COUNT * (width / LANES);
    }

    private static void accumulateVectors(SimdBufferRows rows, int[] starts, float[] x, int xStart, int count,
                                          float[] sums, int sumStart) {
        try {
            accumulateVectors(rows.a, rows.values, starts, x, xStart, count, sums, sumStart);
        } catch (Throwable e) {
            throw unchecked(e);
        }
    }

    private static void addVectors(float[] scales, SimdBufferRows rows, int[] starts, float[] y, int yStart,
                                   int count) {
        try {
            addVectors(scales, rows.a, rows.values, starts, y, yStart, count);
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

    /** @param count a multiple of the lanes */
    private static void accumulateVectors(ByteBuffer a, Object values, int[] starts, float[] x, int xStart,
                                          int count, float[] sums, int sumStart) throws Throwable {
        int a0 = Float.BYTES * starts[0];
        int a1 = Float.BYTES * starts[1];
        int a2 = Float.BYTES * starts[2];
        int a3 = Float.BYTES * starts[3];
        int a4 = Float.BYTES * starts[4];
        int a5 = Float.BYTES * starts[5];
        int a6 = Float.BYTES * starts[6];
        int a7 = Float.BYTES * starts[7];
        FloatVector s0 = FloatVector.fromArray(SPECIES, sums, sumStart);
        FloatVector s1 = FloatVector.fromArray(SPECIES, sums, sumStart + LANES);
        FloatVector s2 = FloatVector.fromArray(SPECIES, sums, sumStart + 2 * LANES);
        FloatVector s3 = FloatVector.fromArray(SPECIES, sums, sumStart + 3 * LANES);
        FloatVector s4 = FloatVector.fromArray(SPECIES, sums, sumStart + 4 * LANES);
        FloatVector s5 = FloatVector.fromArray(SPECIES, sums, sumStart + 5 * LANES);
        FloatVector s6 = FloatVector.fromArray(SPECIES, sums, sumStart + 6 * LANES);
        FloatVector s7 = FloatVector.fromArray(SPECIES, sums, sumStart + 7 * LANES);
        int touched = 0;
        for (int i = 0; i < count; i += LANES) {
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
    }

    /** @param count a multiple of the lanes */
    private static void addVectors(float[] scales, ByteBuffer a, Object values, int[] starts, float[] y, int yStart,
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
        for (int i = 0; i < count; i += LANES) {
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
    }
}
