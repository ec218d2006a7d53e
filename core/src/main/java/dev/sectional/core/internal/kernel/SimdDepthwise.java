package dev.sectional.core.internal.kernel;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * {@link DepthwiseKernels} over the vector module. A tile is one vector of channels at 8 or 4 neighbouring positions,
 * which share each load of a filter; the rest of a row repeats some positions of the tile before it. Channels that fill
 * no vector repeat some of the last one in a forward product, and go through a scalar loop in a filter gradient.
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
    static void rows(float[] x, int xStart, float[] w, int wStart, DepthwiseSteps steps, int rows, int columns,
                     float[] y, int yStart, int yStep, int positions, int count) {
        for (int c = 0; c < count; c += LANES) {
            int channel = Math.min(c, count - LANES);
            row(x, xStart + channel, w, wStart + channel, steps, rows, columns, y, yStart + channel, yStep, positions);
        }
    }

    /** Computes one vector of channels. */
    private static void row(float[] x, int xStart, float[] w, int wStart, DepthwiseSteps steps, int rows, int columns,
                            float[] y, int yStart, int yStep, int positions) {
        int step = steps.position();
        int p = 0;
        for (; p <= positions - LARGE_TILE; p += LARGE_TILE) {
            tile8(x, xStart + p * step, w, wStart, steps, rows, columns, y, yStart + p * yStep, yStep);
        }
        if (positions < TILE) {
            for (; p < positions; p++) {
                tile1(x, xStart + p * step, w, wStart, steps, rows, columns, y, yStart + p * yStep);
            }
        }
        for (; p < positions; p += TILE) {
            int first = Math.min(p, positions - TILE);
            tile4(x, xStart + first * step, w, wStart, steps, rows, columns, y, yStart + first * yStep, yStep);
        }
    }

    private static void tile8(float[] x, int xStart, float[] w, int wStart, DepthwiseSteps steps, int rows, int columns,
                              float[] y, int yStart, int yStep) {
        int position = steps.position();
        FloatVector s0 = FloatVector.zero(SPECIES);
        FloatVector s1 = FloatVector.zero(SPECIES);
        FloatVector s2 = FloatVector.zero(SPECIES);
        FloatVector s3 = FloatVector.zero(SPECIES);
        FloatVector s4 = FloatVector.zero(SPECIES);
        FloatVector s5 = FloatVector.zero(SPECIES);
        FloatVector s6 = FloatVector.zero(SPECIES);
        FloatVector s7 = FloatVector.zero(SPECIES);
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                int from = xStart + i * steps.row() + j * steps.column();
                int at = wStart + i * steps.filterRow() + j * steps.filterColumn();
                for (int k = 0; k < steps.repeats(); k++) {
                    FloatVector filter = FloatVector.fromArray(SPECIES, w, at);
                    s0 = filter.fma(FloatVector.fromArray(SPECIES, x, from), s0);
                    s1 = filter.fma(FloatVector.fromArray(SPECIES, x, from + position), s1);
                    s2 = filter.fma(FloatVector.fromArray(SPECIES, x, from + 2 * position), s2);
                    s3 = filter.fma(FloatVector.fromArray(SPECIES, x, from + 3 * position), s3);
                    s4 = filter.fma(FloatVector.fromArray(SPECIES, x, from + 4 * position), s4);
                    s5 = filter.fma(FloatVector.fromArray(SPECIES, x, from + 5 * position), s5);
                    s6 = filter.fma(FloatVector.fromArray(SPECIES, x, from + 6 * position), s6);
                    s7 = filter.fma(FloatVector.fromArray(SPECIES, x, from + 7 * position), s7);
                    from += steps.repeat();
                    at += steps.filterRepeat();
                }
            }
        }
        s0.intoArray(y, yStart);
        s1.intoArray(y, yStart + yStep);
        s2.intoArray(y, yStart + 2 * yStep);
        s3.intoArray(y, yStart + 3 * yStep);
        s4.intoArray(y, yStart + 4 * yStep);
        s5.intoArray(y, yStart + 5 * yStep);
        s6.intoArray(y, yStart + 6 * yStep);
        s7.intoArray(y, yStart + 7 * yStep);
    }

    private static void tile4(float[] x, int xStart, float[] w, int wStart, DepthwiseSteps steps, int rows, int columns,
                              float[] y, int yStart, int yStep) {
        int position = steps.position();
        FloatVector s0 = FloatVector.zero(SPECIES);
        FloatVector s1 = FloatVector.zero(SPECIES);
        FloatVector s2 = FloatVector.zero(SPECIES);
        FloatVector s3 = FloatVector.zero(SPECIES);
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                int from = xStart + i * steps.row() + j * steps.column();
                int at = wStart + i * steps.filterRow() + j * steps.filterColumn();
                for (int k = 0; k < steps.repeats(); k++) {
                    FloatVector filter = FloatVector.fromArray(SPECIES, w, at);
                    s0 = filter.fma(FloatVector.fromArray(SPECIES, x, from), s0);
                    s1 = filter.fma(FloatVector.fromArray(SPECIES, x, from + position), s1);
                    s2 = filter.fma(FloatVector.fromArray(SPECIES, x, from + 2 * position), s2);
                    s3 = filter.fma(FloatVector.fromArray(SPECIES, x, from + 3 * position), s3);
                    from += steps.repeat();
                    at += steps.filterRepeat();
                }
            }
        }
        s0.intoArray(y, yStart);
        s1.intoArray(y, yStart + yStep);
        s2.intoArray(y, yStart + 2 * yStep);
        s3.intoArray(y, yStart + 3 * yStep);
    }

    private static void tile1(float[] x, int xStart, float[] w, int wStart, DepthwiseSteps steps, int rows, int columns,
                              float[] y, int yStart) {
        FloatVector s0 = FloatVector.zero(SPECIES);
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                int from = xStart + i * steps.row() + j * steps.column();
                int at = wStart + i * steps.filterRow() + j * steps.filterColumn();
                for (int k = 0; k < steps.repeats(); k++) {
                    FloatVector filter = FloatVector.fromArray(SPECIES, w, at);
                    s0 = filter.fma(FloatVector.fromArray(SPECIES, x, from), s0);
                    from += steps.repeat();
                    at += steps.filterRepeat();
                }
            }
        }
        s0.intoArray(y, yStart);
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
