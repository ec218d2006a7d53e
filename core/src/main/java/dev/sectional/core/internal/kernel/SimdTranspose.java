package dev.sectional.core.internal.kernel;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * {@link Kernels#transpose} over the vector module: square tiles of as many rows as a vector has lanes. A step of
 * distance d exchanges blocks of d x d elements beside the diagonal; half, a quarter, ... of the lanes and 1 transpose
 * the tile. The steps work in the tile of the result, so that no vector waits for another's register.
 */
final class SimdTranspose {
    private static final VectorSpecies<Float> SPECIES = SimdSpecies.FLOAT;
    private static final int LANES = SPECIES.length();
    /** Shuffles that move lane {@code i ^ 8} to lane i, then {@code i ^ 4}, and so on. */
    private static final VectorShuffle<Float> ACROSS_8 = across(8);
    private static final VectorShuffle<Float> ACROSS_4 = across(4);
    private static final VectorShuffle<Float> ACROSS_2 = across(2);
    private static final VectorShuffle<Float> ACROSS_1 = across(1);
    /** The lanes i with {@code (i & 8) != 0}, then 4, and so on. */
    private static final VectorMask<Float> UPPER_8 = upper(8);
    private static final VectorMask<Float> UPPER_4 = upper(4);
    private static final VectorMask<Float> UPPER_2 = upper(2);
    private static final VectorMask<Float> UPPER_1 = upper(1);

    private SimdTranspose() {
    }

    private static VectorShuffle<Float> across(int distance) {
        return VectorShuffle.fromOp(SPECIES, i -> (i ^ distance) % LANES);
    }

    private static VectorMask<Float> upper(int distance) {
        boolean[] lanes = new boolean[LANES];
        for (int i = 0; i < LANES; i++) {
            lanes[i] = (i & distance) != 0;
        }
        return VectorMask.fromArray(SPECIES, lanes, 0);
    }

    /** Transposes the part of {@code rows} x {@code count} elements that fills tiles of as many rows as lanes. */
    static void tiles(float[] x, int xStart, int xStep, int rows, int count, float[] y, int yStart, int yStep) {
        for (int k = 0; k < count; k += LANES) {
            for (int j = 0; j < rows; j += LANES) {
                tile(x, xStart + j * xStep + k, xStep, y, yStart + k * yStep + j, yStep);
            }
        }
    }

    private static void tile(float[] x, int xStart, int xStep, float[] y, int yStart, int yStep) {
        float[] from = x;
        int start = xStart;
        int step = xStep;
        if (LANES > 8) {
            exchange8(from, start, step, y, yStart, yStep);
            from = y;
            start = yStart;
            step = yStep;
        }
        if (LANES > 4) {
            exchange4(from, start, step, y, yStart, yStep);
            from = y;
            start = yStart;
            step = yStep;
        }
        if (LANES > 2) {
            exchange2(from, start, step, y, yStart, yStep);
            from = y;
            start = yStart;
            step = yStep;
        }
        exchange1(from, start, step, y, yStart, yStep);
    }

    private static void exchange8(float[] x, int xStart, int xStep, float[] y, int yStart, int yStep) {
        for (int i = 0; i < LANES / 2; i++) {
            FloatVector upper = FloatVector.fromArray(SPECIES, x, xStart + i * xStep);
            FloatVector lower = FloatVector.fromArray(SPECIES, x, xStart + (i + 8) * xStep);
            upper.blend(lower.rearrange(ACROSS_8), UPPER_8).intoArray(y, yStart + i * yStep);
            upper.rearrange(ACROSS_8).blend(lower, UPPER_8).intoArray(y, yStart + (i + 8) * yStep);
        }
    }

    private static void exchange4(float[] x, int xStart, int xStep, float[] y, int yStart, int yStep) {
        for (int k = 0; k < LANES / 2; k++) {
            int i = k / 4 * 8 + k % 4;
            FloatVector upper = FloatVector.fromArray(SPECIES, x, xStart + i * xStep);
            FloatVector lower = FloatVector.fromArray(SPECIES, x, xStart + (i + 4) * xStep);
            upper.blend(lower.rearrange(ACROSS_4), UPPER_4).intoArray(y, yStart + i * yStep);
            upper.rearrange(ACROSS_4).blend(lower, UPPER_4).intoArray(y, yStart + (i + 4) * yStep);
        }
    }

    private static void exchange2(float[] x, int xStart, int xStep, float[] y, int yStart, int yStep) {
        for (int k = 0; k < LANES / 2; k++) {
            int i = k / 2 * 4 + k % 2;
            FloatVector upper = FloatVector.fromArray(SPECIES, x, xStart + i * xStep);
            FloatVector lower = FloatVector.fromArray(SPECIES, x, xStart + (i + 2) * xStep);
            upper.blend(lower.rearrange(ACROSS_2), UPPER_2).intoArray(y, yStart + i * yStep);
            upper.rearrange(ACROSS_2).blend(lower, UPPER_2).intoArray(y, yStart + (i + 2) * yStep);
        }
    }

    private static void exchange1(float[] x, int xStart, int xStep, float[] y, int yStart, int yStep) {
        for (int i = 0; i < LANES; i += 2) {
            FloatVector upper = FloatVector.fromArray(SPECIES, x, xStart + i * xStep);
            FloatVector lower = FloatVector.fromArray(SPECIES, x, xStart + (i + 1) * xStep);
            upper.blend(lower.rearrange(ACROSS_1), UPPER_1).intoArray(y, yStart + i * yStep);
            upper.rearrange(ACROSS_1).blend(lower, UPPER_1).intoArray(y, yStart + (i + 1) * yStep);
        }
    }
}
