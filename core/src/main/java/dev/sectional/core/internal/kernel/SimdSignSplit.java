package dev.sectional.core.internal.kernel;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * The kernels of {@link DepthwiseKernels} with filters for each sign, over the vector module. A tile is one vector of
 * channels at 4 neighbouring positions; the rest of a row repeats some positions of the tile before it, and channels
 * that fill no vector repeat some of the last one in a product.
 */
final class SimdSignSplit {
    private static final VectorSpecies<Float> SPECIES = SimdSpecies.FLOAT;
    private static final int LANES = SPECIES.length();
    private static final int TILE = 4;
    private static final int COLUMNS = 3;
    /** As in {@link SimdDepthwise}. */
    private static final int CHUNK = 8 * LANES;

    private SimdSignSplit() {
    }

    /** Computes all channels, by the signs of outputs, or of inputs if {@code signs} is null; at least one vector. */
    static void rows(float[] x, int xStart, int xStep, float[] signs, float[] w, int negative,
                     DepthwiseOffsets offsets, float[] y, int yStart, int yStep, int positions, int count) {
        int tile = positions < TILE ? 1 : TILE;
        for (int chunk = 0; chunk < count; chunk += CHUNK) {
            int end = Math.min(count, chunk + CHUNK);
            for (int p = 0; p < positions; p += tile) {
                int first = Math.min(p, positions - tile);
                for (int c = chunk; c < end; c += LANES) {
                    int channel = Math.min(c, count - LANES);
                    int from = xStart + channel + first * xStep;
                    int to = yStart + channel + first * yStep;
                    if (signs != null) {
                        byOutput(tile, x, from, xStep, signs, w, channel, negative, offsets, y, to, yStep);
                    } else {
                        byInput(tile, x, from, xStep, w, channel, negative, offsets, y, to, yStep);
                    }
                }
            }
        }
    }

    private static void byOutput(int tile, float[] x, int xStart, int xStep, float[] signs, float[] w, int channel,
                                 int negative, DepthwiseOffsets offsets, float[] y, int yStart, int yStep) {
        if (tile == TILE) {
            byOutput4(x, xStart, xStep, signs, w, channel, negative, offsets, y, yStart, yStep);
        } else {
            byOutput1(x, xStart, signs, w, channel, negative, offsets, y, yStart);
        }
    }

    private static void byInput(int tile, float[] x, int xStart, int xStep, float[] w, int channel, int negative,
                                DepthwiseOffsets offsets, float[] y, int yStart, int yStep) {
        if (tile == TILE) {
            byInput4(x, xStart, xStep, w, channel, negative, offsets, y, yStart, yStep);
        } else {
            byInput1(x, xStart, w, channel, negative, offsets, y, yStart);
        }
    }

    private static void byOutput4(float[] x, int xStart, int xStep, float[] signs, float[] w, int channel, int negative,
                                 DepthwiseOffsets offsets, float[] y, int yStart, int yStep) {
        int[] xOffsets = offsets.x();
        int[] wOffsets = offsets.w();
        FloatVector zero = FloatVector.zero(SPECIES);
        VectorMask<Float> m0 = FloatVector.fromArray(SPECIES, signs, yStart)
                .compare(VectorOperators.GT, zero);
        VectorMask<Float> m1 = FloatVector.fromArray(SPECIES, signs, yStart + yStep)
                .compare(VectorOperators.GT, zero);
        VectorMask<Float> m2 = FloatVector.fromArray(SPECIES, signs, yStart + 2 * yStep)
                .compare(VectorOperators.GT, zero);
        VectorMask<Float> m3 = FloatVector.fromArray(SPECIES, signs, yStart + 3 * yStep)
                .compare(VectorOperators.GT, zero);
        FloatVector s0 = zero;
        FloatVector s1 = zero;
        FloatVector s2 = zero;
        FloatVector s3 = zero;
        for (int i = 0; i < xOffsets.length; i++) {
            int from = xStart + xOffsets[i];
            FloatVector above = FloatVector.fromArray(SPECIES, w, channel + wOffsets[i]);
            FloatVector below = FloatVector.fromArray(SPECIES, w, channel + wOffsets[i] + negative);
            s0 = below.blend(above, m0).fma(FloatVector.fromArray(SPECIES, x, from), s0);
            s1 = below.blend(above, m1).fma(FloatVector.fromArray(SPECIES, x, from + xStep), s1);
            s2 = below.blend(above, m2).fma(FloatVector.fromArray(SPECIES, x, from + 2 * xStep), s2);
            s3 = below.blend(above, m3).fma(FloatVector.fromArray(SPECIES, x, from + 3 * xStep), s3);
        }
        s0.intoArray(y, yStart);
        s1.intoArray(y, yStart + yStep);
        s2.intoArray(y, yStart + 2 * yStep);
        s3.intoArray(y, yStart + 3 * yStep);
    }

    private static void byOutput1(float[] x, int xStart, float[] signs, float[] w, int channel, int negative,
                                 DepthwiseOffsets offsets, float[] y, int yStart) {
        int[] xOffsets = offsets.x();
        int[] wOffsets = offsets.w();
        FloatVector zero = FloatVector.zero(SPECIES);
        VectorMask<Float> m0 = FloatVector.fromArray(SPECIES, signs, yStart)
                .compare(VectorOperators.GT, zero);
        FloatVector s0 = zero;
        for (int i = 0; i < xOffsets.length; i++) {
            int from = xStart + xOffsets[i];
            FloatVector above = FloatVector.fromArray(SPECIES, w, channel + wOffsets[i]);
            FloatVector below = FloatVector.fromArray(SPECIES, w, channel + wOffsets[i] + negative);
            s0 = below.blend(above, m0).fma(FloatVector.fromArray(SPECIES, x, from), s0);
        }
        s0.intoArray(y, yStart);
    }

    private static void byInput4(float[] x, int xStart, int xStep, float[] w, int channel, int negative,
                                DepthwiseOffsets offsets, float[] y, int yStart, int yStep) {
        int[] xOffsets = offsets.x();
        int[] wOffsets = offsets.w();
        FloatVector zero = FloatVector.zero(SPECIES);
        FloatVector s0 = zero;
        FloatVector s1 = zero;
        FloatVector s2 = zero;
        FloatVector s3 = zero;
        for (int i = 0; i < xOffsets.length; i++) {
            int from = xStart + xOffsets[i];
            FloatVector above = FloatVector.fromArray(SPECIES, w, channel + wOffsets[i]);
            FloatVector below = FloatVector.fromArray(SPECIES, w, channel + wOffsets[i] + negative);
            FloatVector v0 = FloatVector.fromArray(SPECIES, x, from);
            s0 = below.blend(above, v0.compare(VectorOperators.GT, zero)).fma(v0, s0);
            FloatVector v1 = FloatVector.fromArray(SPECIES, x, from + xStep);
            s1 = below.blend(above, v1.compare(VectorOperators.GT, zero)).fma(v1, s1);
            FloatVector v2 = FloatVector.fromArray(SPECIES, x, from + 2 * xStep);
            s2 = below.blend(above, v2.compare(VectorOperators.GT, zero)).fma(v2, s2);
            FloatVector v3 = FloatVector.fromArray(SPECIES, x, from + 3 * xStep);
            s3 = below.blend(above, v3.compare(VectorOperators.GT, zero)).fma(v3, s3);
        }
        s0.intoArray(y, yStart);
        s1.intoArray(y, yStart + yStep);
        s2.intoArray(y, yStart + 2 * yStep);
        s3.intoArray(y, yStart + 3 * yStep);
    }

    private static void byInput1(float[] x, int xStart, float[] w, int channel, int negative,
                                DepthwiseOffsets offsets, float[] y, int yStart) {
        int[] xOffsets = offsets.x();
        int[] wOffsets = offsets.w();
        FloatVector zero = FloatVector.zero(SPECIES);
        FloatVector s0 = zero;
        for (int i = 0; i < xOffsets.length; i++) {
            int from = xStart + xOffsets[i];
            FloatVector above = FloatVector.fromArray(SPECIES, w, channel + wOffsets[i]);
            FloatVector below = FloatVector.fromArray(SPECIES, w, channel + wOffsets[i] + negative);
            FloatVector v0 = FloatVector.fromArray(SPECIES, x, from);
            s0 = below.blend(above, v0.compare(VectorOperators.GT, zero)).fma(v0, s0);
        }
        s0.intoArray(y, yStart);
    }

    /** Computes the channels of whole vectors, and returns the number of channels done. */
    static int filterGradients(float[] x, int xStart, int xStep, int xColumn, float[] g, int gStart, int gStep,
                               int positions, int columns, float[] sums, int sumStart, int sumStep, int negative,
                               int count) {
        int c = 0;
        for (; c <= count - LANES; c += LANES) {
            int j = 0;
            for (; j <= columns - COLUMNS; j += COLUMNS) {
                columns3(x, xStart + j * xColumn + c, xStep, xColumn, g, gStart + c, gStep, positions, sums,
                        sumStart + j * sumStep + c, sumStep, negative);
            }
            for (; j < columns; j++) {
                columns1(x, xStart + j * xColumn + c, xStep, g, gStart + c, gStep, positions, sums,
                        sumStart + j * sumStep + c, negative);
            }
        }
        return c;
    }

    private static void columns3(float[] x, int xStart, int xStep, int xColumn, float[] g, int gStart, int gStep,
                                 int positions, float[] sums, int sumStart, int sumStep, int negative) {
        FloatVector zero = FloatVector.zero(SPECIES);
        FloatVector a0 = zero;
        FloatVector a1 = zero;
        FloatVector a2 = zero;
        FloatVector b0 = zero;
        FloatVector b1 = zero;
        FloatVector b2 = zero;
        for (int p = 0, from = xStart, at = gStart; p < positions; p++, from += xStep, at += gStep) {
            FloatVector gradient = FloatVector.fromArray(SPECIES, g, at);
            VectorMask<Float> less = gradient.compare(VectorOperators.LT, zero);
            FloatVector above = gradient.blend(zero, less);
            FloatVector below = zero.blend(gradient.neg(), less);
            FloatVector v0 = FloatVector.fromArray(SPECIES, x, from);
            FloatVector v1 = FloatVector.fromArray(SPECIES, x, from + xColumn);
            FloatVector v2 = FloatVector.fromArray(SPECIES, x, from + 2 * xColumn);
            a0 = above.fma(v0, a0);
            a1 = above.fma(v1, a1);
            a2 = above.fma(v2, a2);
            b0 = below.fma(v0, b0);
            b1 = below.fma(v1, b1);
            b2 = below.fma(v2, b2);
        }
        a0.add(FloatVector.fromArray(SPECIES, sums, sumStart)).intoArray(sums, sumStart);
        a1.add(FloatVector.fromArray(SPECIES, sums, sumStart + sumStep)).intoArray(sums, sumStart + sumStep);
        a2.add(FloatVector.fromArray(SPECIES, sums, sumStart + 2 * sumStep)).intoArray(sums, sumStart + 2 * sumStep);
        int at = sumStart + negative;
        b0.add(FloatVector.fromArray(SPECIES, sums, at)).intoArray(sums, at);
        b1.add(FloatVector.fromArray(SPECIES, sums, at + sumStep)).intoArray(sums, at + sumStep);
        b2.add(FloatVector.fromArray(SPECIES, sums, at + 2 * sumStep)).intoArray(sums, at + 2 * sumStep);
    }

    private static void columns1(float[] x, int xStart, int xStep, float[] g, int gStart, int gStep, int positions,
                                 float[] sums, int sumStart, int negative) {
        FloatVector zero = FloatVector.zero(SPECIES);
        FloatVector a0 = zero;
        FloatVector b0 = zero;
        for (int p = 0, from = xStart, at = gStart; p < positions; p++, from += xStep, at += gStep) {
            FloatVector gradient = FloatVector.fromArray(SPECIES, g, at);
            VectorMask<Float> less = gradient.compare(VectorOperators.LT, zero);
            FloatVector value = FloatVector.fromArray(SPECIES, x, from);
            a0 = gradient.blend(zero, less).fma(value, a0);
            b0 = zero.blend(gradient.neg(), less).fma(value, b0);
        }
        a0.add(FloatVector.fromArray(SPECIES, sums, sumStart)).intoArray(sums, sumStart);
        b0.add(FloatVector.fromArray(SPECIES, sums, sumStart + negative)).intoArray(sums, sumStart + negative);
    }
}
