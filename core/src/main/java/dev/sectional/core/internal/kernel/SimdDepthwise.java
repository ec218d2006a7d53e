package dev.sectional.core.internal.kernel;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * {@link DepthwiseKernels} over the vector module. A tile is one vector of channels at 8 or 4 neighbouring positions,
 * which share each load of a filter, and at a stride of 1 those of the input ({@link SimdDepthwiseNeighbours}); the
 * rest of a row repeats some positions of the tile before it. Channels that fill no vector repeat some of the last one
 * in a forward product, and go through a scalar loop in a filter gradient.
 */
final class SimdDepthwise {
    private static final VectorSpecies<Float> SPECIES = SimdSpecies.FLOAT;
    private static final int LANES = SPECIES.length();
    private static final int LARGE_TILE = 8;
    private static final int TILE = 4;
    private static final int COLUMNS = 3;

    private SimdDepthwise() {
    }

    /** Computes all channels; {@code count} is at least one vector. */
    static void rows(float[] x, int xStart, int xStep, float[] w, DepthwiseOffsets offsets, float[] bias, float least,
                     float greatest, float[] y, int yStart, int yStep, int positions, int count) {
        if (offsets.column() == -xStep && xStep != 0 && positions > 0) {   // an input gradient: from the last position
            rows(x, xStart + (positions - 1) * xStep, -xStep, w, offsets, bias, least, greatest, y,
                    yStart + (positions - 1) * yStep, -yStep, positions, count);
            return;
        }
        int p = 0;
        for (; p <= positions - LARGE_TILE; p += LARGE_TILE) {
            for (int c = 0; c < count; c += LANES) {
                int channel = Math.min(c, count - LANES);
                int from = xStart + channel + p * xStep;
                int to = yStart + channel + p * yStep;
                if (xStep == offsets.column()) {
                    SimdDepthwiseNeighbours.tile8(x, from, w, channel, offsets, bias, least, greatest, y, to,
                            yStep);
                } else {
                    tile8(x, from, xStep, w, channel, offsets, bias, least, greatest, y, to, yStep);
                }
            }
        }
        int tile = positions < TILE ? 1 : TILE;
        for (; p < positions; p += tile) {
            int at = Math.min(p, positions - tile);
            for (int c = 0; c < count; c += LANES) {
                int channel = Math.min(c, count - LANES);
                int from = xStart + channel + at * xStep;
                int to = yStart + channel + at * yStep;
                if (tile == 1) {
                    tile1(x, from, w, channel, offsets, bias, least, greatest, y, to);
                } else if (xStep == offsets.column()) {
                    SimdDepthwiseNeighbours.tile4(x, from, w, channel, offsets, bias, least, greatest, y, to,
                            yStep);
                } else {
                    tile4(x, from, xStep, w, channel, offsets, bias, least, greatest, y, to, yStep);
                }
            }
        }
    }

    private static void tile8(float[] x, int xStart, int xStep, float[] w, int channel, DepthwiseOffsets offsets,
                              float[] bias, float least, float greatest, float[] y, int yStart, int yStep) {
        int[] xOffsets = offsets.x();
        int[] wOffsets = offsets.w();
        FloatVector s0 = FloatVector.zero(SPECIES);
        FloatVector s1 = FloatVector.zero(SPECIES);
        FloatVector s2 = FloatVector.zero(SPECIES);
        FloatVector s3 = FloatVector.zero(SPECIES);
        FloatVector s4 = FloatVector.zero(SPECIES);
        FloatVector s5 = FloatVector.zero(SPECIES);
        FloatVector s6 = FloatVector.zero(SPECIES);
        FloatVector s7 = FloatVector.zero(SPECIES);
        for (int i = 0; i < xOffsets.length; i++) {
            int from = xStart + xOffsets[i];
            FloatVector filter = FloatVector.fromArray(SPECIES, w, channel + wOffsets[i]);
            s0 = filter.fma(FloatVector.fromArray(SPECIES, x, from), s0);
            s1 = filter.fma(FloatVector.fromArray(SPECIES, x, from + xStep), s1);
            s2 = filter.fma(FloatVector.fromArray(SPECIES, x, from + 2 * xStep), s2);
            s3 = filter.fma(FloatVector.fromArray(SPECIES, x, from + 3 * xStep), s3);
            s4 = filter.fma(FloatVector.fromArray(SPECIES, x, from + 4 * xStep), s4);
            s5 = filter.fma(FloatVector.fromArray(SPECIES, x, from + 5 * xStep), s5);
            s6 = filter.fma(FloatVector.fromArray(SPECIES, x, from + 6 * xStep), s6);
            s7 = filter.fma(FloatVector.fromArray(SPECIES, x, from + 7 * xStep), s7);
        }
        FloatVector addend = FloatVector.fromArray(SPECIES, bias == null ? SimdKernels.ZEROS : bias,
                bias == null ? 0 : channel);
        FloatVector ones = FloatVector.fromArray(SPECIES, SimdKernels.ONES, 0);
        FloatVector low = ones.mul(least);
        FloatVector high = ones.mul(greatest);
        s0 = s0.add(addend);
        s0 = s0.blend(low, s0.compare(VectorOperators.LE, low));
        s0.blend(high, s0.compare(VectorOperators.GT, high)).intoArray(y, yStart);
        s1 = s1.add(addend);
        s1 = s1.blend(low, s1.compare(VectorOperators.LE, low));
        s1.blend(high, s1.compare(VectorOperators.GT, high)).intoArray(y, yStart + yStep);
        s2 = s2.add(addend);
        s2 = s2.blend(low, s2.compare(VectorOperators.LE, low));
        s2.blend(high, s2.compare(VectorOperators.GT, high)).intoArray(y, yStart + 2 * yStep);
        s3 = s3.add(addend);
        s3 = s3.blend(low, s3.compare(VectorOperators.LE, low));
        s3.blend(high, s3.compare(VectorOperators.GT, high)).intoArray(y, yStart + 3 * yStep);
        s4 = s4.add(addend);
        s4 = s4.blend(low, s4.compare(VectorOperators.LE, low));
        s4.blend(high, s4.compare(VectorOperators.GT, high)).intoArray(y, yStart + 4 * yStep);
        s5 = s5.add(addend);
        s5 = s5.blend(low, s5.compare(VectorOperators.LE, low));
        s5.blend(high, s5.compare(VectorOperators.GT, high)).intoArray(y, yStart + 5 * yStep);
        s6 = s6.add(addend);
        s6 = s6.blend(low, s6.compare(VectorOperators.LE, low));
        s6.blend(high, s6.compare(VectorOperators.GT, high)).intoArray(y, yStart + 6 * yStep);
        s7 = s7.add(addend);
        s7 = s7.blend(low, s7.compare(VectorOperators.LE, low));
        s7.blend(high, s7.compare(VectorOperators.GT, high)).intoArray(y, yStart + 7 * yStep);
    }

    private static void tile4(float[] x, int xStart, int xStep, float[] w, int channel, DepthwiseOffsets offsets,
                              float[] bias, float least, float greatest, float[] y, int yStart, int yStep) {
        int[] xOffsets = offsets.x();
        int[] wOffsets = offsets.w();
        FloatVector s0 = FloatVector.zero(SPECIES);
        FloatVector s1 = FloatVector.zero(SPECIES);
        FloatVector s2 = FloatVector.zero(SPECIES);
        FloatVector s3 = FloatVector.zero(SPECIES);
        for (int i = 0; i < xOffsets.length; i++) {
            int from = xStart + xOffsets[i];
            FloatVector filter = FloatVector.fromArray(SPECIES, w, channel + wOffsets[i]);
            s0 = filter.fma(FloatVector.fromArray(SPECIES, x, from), s0);
            s1 = filter.fma(FloatVector.fromArray(SPECIES, x, from + xStep), s1);
            s2 = filter.fma(FloatVector.fromArray(SPECIES, x, from + 2 * xStep), s2);
            s3 = filter.fma(FloatVector.fromArray(SPECIES, x, from + 3 * xStep), s3);
        }
        FloatVector addend = FloatVector.fromArray(SPECIES, bias == null ? SimdKernels.ZEROS : bias,
                bias == null ? 0 : channel);
        FloatVector ones = FloatVector.fromArray(SPECIES, SimdKernels.ONES, 0);
        FloatVector low = ones.mul(least);
        FloatVector high = ones.mul(greatest);
        s0 = s0.add(addend);
        s0 = s0.blend(low, s0.compare(VectorOperators.LE, low));
        s0.blend(high, s0.compare(VectorOperators.GT, high)).intoArray(y, yStart);
        s1 = s1.add(addend);
        s1 = s1.blend(low, s1.compare(VectorOperators.LE, low));
        s1.blend(high, s1.compare(VectorOperators.GT, high)).intoArray(y, yStart + yStep);
        s2 = s2.add(addend);
        s2 = s2.blend(low, s2.compare(VectorOperators.LE, low));
        s2.blend(high, s2.compare(VectorOperators.GT, high)).intoArray(y, yStart + 2 * yStep);
        s3 = s3.add(addend);
        s3 = s3.blend(low, s3.compare(VectorOperators.LE, low));
        s3.blend(high, s3.compare(VectorOperators.GT, high)).intoArray(y, yStart + 3 * yStep);
    }

    private static void tile1(float[] x, int xStart, float[] w, int channel, DepthwiseOffsets offsets,
                              float[] bias, float least, float greatest, float[] y, int yStart) {
        int[] xOffsets = offsets.x();
        int[] wOffsets = offsets.w();
        FloatVector s0 = FloatVector.zero(SPECIES);
        for (int i = 0; i < xOffsets.length; i++) {
            int from = xStart + xOffsets[i];
            FloatVector filter = FloatVector.fromArray(SPECIES, w, channel + wOffsets[i]);
            s0 = filter.fma(FloatVector.fromArray(SPECIES, x, from), s0);
        }
        FloatVector addend = FloatVector.fromArray(SPECIES, bias == null ? SimdKernels.ZEROS : bias,
                bias == null ? 0 : channel);
        FloatVector ones = FloatVector.fromArray(SPECIES, SimdKernels.ONES, 0);
        FloatVector low = ones.mul(least);
        FloatVector high = ones.mul(greatest);
        s0 = s0.add(addend);
        s0 = s0.blend(low, s0.compare(VectorOperators.LE, low));
        s0.blend(high, s0.compare(VectorOperators.GT, high)).intoArray(y, yStart);
    }

    /** Computes the channels of whole vectors, and returns the number of channels done. */
    static int filterGradient(float[] x, int xStart, int xStep, int xColumn, float[] g, int gStart, int gStep,
                              int positions, int columns, float[] sums, int sumStart, int sumStep, int count) {
        int c = 0;
        for (; c <= count - LANES; c += LANES) {
            int j = 0;
            for (; j <= columns - COLUMNS; j += COLUMNS) {
                columns3(x, xStart + j * xColumn + c, xStep, xColumn, g, gStart + c, gStep, positions, sums,
                        sumStart + j * sumStep + c, sumStep);
            }
            for (; j < columns; j++) {
                columns1(x, xStart + j * xColumn + c, xStep, g, gStart + c, gStep, positions, sums,
                        sumStart + j * sumStep + c);
            }
        }
        return c;
    }

    private static void columns3(float[] x, int xStart, int xStep, int xColumn, float[] g, int gStart, int gStep,
                                 int positions, float[] sums, int sumStart, int sumStep) {
        FloatVector s0 = FloatVector.zero(SPECIES);
        FloatVector s1 = FloatVector.zero(SPECIES);
        FloatVector s2 = FloatVector.zero(SPECIES);
        for (int p = 0, from = xStart, at = gStart; p < positions; p++, from += xStep, at += gStep) {
            FloatVector gradient = FloatVector.fromArray(SPECIES, g, at);
            s0 = gradient.fma(FloatVector.fromArray(SPECIES, x, from), s0);
            s1 = gradient.fma(FloatVector.fromArray(SPECIES, x, from + xColumn), s1);
            s2 = gradient.fma(FloatVector.fromArray(SPECIES, x, from + 2 * xColumn), s2);
        }
        s0.add(FloatVector.fromArray(SPECIES, sums, sumStart)).intoArray(sums, sumStart);
        s1.add(FloatVector.fromArray(SPECIES, sums, sumStart + sumStep)).intoArray(sums, sumStart + sumStep);
        s2.add(FloatVector.fromArray(SPECIES, sums, sumStart + 2 * sumStep)).intoArray(sums, sumStart + 2 * sumStep);
    }

    private static void columns1(float[] x, int xStart, int xStep, float[] g, int gStart, int gStep,
                                 int positions, float[] sums, int sumStart) {
        FloatVector s0 = FloatVector.zero(SPECIES);
        for (int p = 0, from = xStart, at = gStart; p < positions; p++, from += xStep, at += gStep) {
            FloatVector gradient = FloatVector.fromArray(SPECIES, g, at);
            s0 = gradient.fma(FloatVector.fromArray(SPECIES, x, from), s0);
        }
        s0.add(FloatVector.fromArray(SPECIES, sums, sumStart)).intoArray(sums, sumStart);
    }
}
