package dev.sectional.core;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The loops of {@link SparseKernels} over the vector module, one vector of channels at a time, with all nine taps in registers. Written
 * out, one local per register, for the reasons that {@link SimdKernels} gives.
 */
final class SimdSparse {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final int LANES = SPECIES.length();

    private SimdSparse() {
    }

    static void gradient(float[] list, int from, int to, float[] tile, int tileStart, int line,
                         float[] addend, int addStart, float[] g, int gStart) {
        FloatVector g0 = FloatVector.zero(SPECIES);
        FloatVector g1 = FloatVector.zero(SPECIES);
        FloatVector g2 = FloatVector.zero(SPECIES);
        FloatVector g3 = FloatVector.zero(SPECIES);
        FloatVector g4 = FloatVector.zero(SPECIES);
        FloatVector g5 = FloatVector.zero(SPECIES);
        FloatVector g6 = FloatVector.zero(SPECIES);
        FloatVector g7 = FloatVector.zero(SPECIES);
        FloatVector g8 = FloatVector.zero(SPECIES);
        for (int i = from; i < to; i += 2) {
            int top = tileStart + Float.floatToRawIntBits(list[i]);
            int middle = top + line;
            int bottom = middle + line;
            FloatVector value = FloatVector.broadcast(SPECIES, list[i + 1]);
            g0 = FloatVector.fromArray(SPECIES, tile, top).fma(value, g0);
            g1 = FloatVector.fromArray(SPECIES, tile, top + LANES).fma(value, g1);
            g2 = FloatVector.fromArray(SPECIES, tile, top + 2 * LANES).fma(value, g2);
            g3 = FloatVector.fromArray(SPECIES, tile, middle).fma(value, g3);
            g4 = FloatVector.fromArray(SPECIES, tile, middle + LANES).fma(value, g4);
            g5 = FloatVector.fromArray(SPECIES, tile, middle + 2 * LANES).fma(value, g5);
            g6 = FloatVector.fromArray(SPECIES, tile, bottom).fma(value, g6);
            g7 = FloatVector.fromArray(SPECIES, tile, bottom + LANES).fma(value, g7);
            g8 = FloatVector.fromArray(SPECIES, tile, bottom + 2 * LANES).fma(value, g8);
        }
        g0.add(FloatVector.fromArray(SPECIES, addend, addStart)).intoArray(g, gStart);
        g1.add(FloatVector.fromArray(SPECIES, addend, addStart + LANES)).intoArray(g, gStart + LANES);
        g2.add(FloatVector.fromArray(SPECIES, addend, addStart + 2 * LANES)).intoArray(g, gStart + 2 * LANES);
        g3.add(FloatVector.fromArray(SPECIES, addend, addStart + 3 * LANES)).intoArray(g, gStart + 3 * LANES);
        g4.add(FloatVector.fromArray(SPECIES, addend, addStart + 4 * LANES)).intoArray(g, gStart + 4 * LANES);
        g5.add(FloatVector.fromArray(SPECIES, addend, addStart + 5 * LANES)).intoArray(g, gStart + 5 * LANES);
        g6.add(FloatVector.fromArray(SPECIES, addend, addStart + 6 * LANES)).intoArray(g, gStart + 6 * LANES);
        g7.add(FloatVector.fromArray(SPECIES, addend, addStart + 7 * LANES)).intoArray(g, gStart + 7 * LANES);
        g8.add(FloatVector.fromArray(SPECIES, addend, addStart + 8 * LANES)).intoArray(g, gStart + 8 * LANES);
    }

    static void forward(float[] list, int from, int to, float[] tile, int tileStart, int line, float[] g, int gStart,
                        float[] addend, int addStart, int addStep, float[] sums, int sumStart) {
        FloatVector g0 = FloatVector.fromArray(SPECIES, g, gStart);
        FloatVector g1 = FloatVector.fromArray(SPECIES, g, gStart + LANES);
        FloatVector g2 = FloatVector.fromArray(SPECIES, g, gStart + 2 * LANES);
        FloatVector g3 = FloatVector.fromArray(SPECIES, g, gStart + 3 * LANES);
        FloatVector g4 = FloatVector.fromArray(SPECIES, g, gStart + 4 * LANES);
        FloatVector g5 = FloatVector.fromArray(SPECIES, g, gStart + 5 * LANES);
        FloatVector g6 = FloatVector.fromArray(SPECIES, g, gStart + 6 * LANES);
        FloatVector g7 = FloatVector.fromArray(SPECIES, g, gStart + 7 * LANES);
        FloatVector g8 = FloatVector.fromArray(SPECIES, g, gStart + 8 * LANES);
        for (int i = from, at = sumStart, addAt = addStart; i < to; i += 2, at += LANES, addAt += addStep) {
            int top = tileStart + Float.floatToRawIntBits(list[i]);
            int middle = top + line;
            int bottom = middle + line;
            FloatVector upper = FloatVector.fromArray(SPECIES, tile, top).fma(g0, FloatVector.fromArray(SPECIES, addend, addAt));
            FloatVector centre = FloatVector.fromArray(SPECIES, tile, middle).mul(g3);
            FloatVector lower = FloatVector.fromArray(SPECIES, tile, bottom).mul(g6);
            upper = FloatVector.fromArray(SPECIES, tile, top + LANES).fma(g1, upper);
            centre = FloatVector.fromArray(SPECIES, tile, middle + LANES).fma(g4, centre);
            lower = FloatVector.fromArray(SPECIES, tile, bottom + LANES).fma(g7, lower);
            upper = FloatVector.fromArray(SPECIES, tile, top + 2 * LANES).fma(g2, upper);
            centre = FloatVector.fromArray(SPECIES, tile, middle + 2 * LANES).fma(g5, centre);
            lower = FloatVector.fromArray(SPECIES, tile, bottom + 2 * LANES).fma(g8, lower);
            upper.add(centre.add(lower)).intoArray(sums, at);
        }
    }

    static void inputGradient(float[] list, int from, int to, float[] g, int gStart, float[] tile, int tileStart, int line) {
        FloatVector g0 = FloatVector.fromArray(SPECIES, g, gStart);
        FloatVector g1 = FloatVector.fromArray(SPECIES, g, gStart + LANES);
        FloatVector g2 = FloatVector.fromArray(SPECIES, g, gStart + 2 * LANES);
        FloatVector g3 = FloatVector.fromArray(SPECIES, g, gStart + 3 * LANES);
        FloatVector g4 = FloatVector.fromArray(SPECIES, g, gStart + 4 * LANES);
        FloatVector g5 = FloatVector.fromArray(SPECIES, g, gStart + 5 * LANES);
        FloatVector g6 = FloatVector.fromArray(SPECIES, g, gStart + 6 * LANES);
        FloatVector g7 = FloatVector.fromArray(SPECIES, g, gStart + 7 * LANES);
        FloatVector g8 = FloatVector.fromArray(SPECIES, g, gStart + 8 * LANES);
        for (int i = from; i < to; i += 2) {
            int top = tileStart + Float.floatToRawIntBits(list[i]);
            int middle = top + line;
            int bottom = middle + line;
            FloatVector value = FloatVector.broadcast(SPECIES, list[i + 1]);
            g0.fma(value, FloatVector.fromArray(SPECIES, tile, top)).intoArray(tile, top);
            g1.fma(value, FloatVector.fromArray(SPECIES, tile, top + LANES)).intoArray(tile, top + LANES);
            g2.fma(value, FloatVector.fromArray(SPECIES, tile, top + 2 * LANES)).intoArray(tile, top + 2 * LANES);
            g3.fma(value, FloatVector.fromArray(SPECIES, tile, middle)).intoArray(tile, middle);
            g4.fma(value, FloatVector.fromArray(SPECIES, tile, middle + LANES)).intoArray(tile, middle + LANES);
            g5.fma(value, FloatVector.fromArray(SPECIES, tile, middle + 2 * LANES)).intoArray(tile, middle + 2 * LANES);
            g6.fma(value, FloatVector.fromArray(SPECIES, tile, bottom)).intoArray(tile, bottom);
            g7.fma(value, FloatVector.fromArray(SPECIES, tile, bottom + LANES)).intoArray(tile, bottom + LANES);
            g8.fma(value, FloatVector.fromArray(SPECIES, tile, bottom + 2 * LANES)).intoArray(tile, bottom + 2 * LANES);
        }
    }

    static void copy(float[] x, int xStart, int xStep, float[] y, int yStart, int yStep, int count) {
        for (int i = 0, from = xStart, to = yStart; i < count; i++, from += xStep, to += yStep) {
            FloatVector.fromArray(SPECIES, x, from).intoArray(y, to);
        }
    }

    static void add(float[] x, int xStart, int xStep, float[] y, int yStart, int yStep, int count) {
        for (int i = 0, from = xStart, to = yStart; i < count; i++, from += xStep, to += yStep) {
            FloatVector.fromArray(SPECIES, y, to).add(FloatVector.fromArray(SPECIES, x, from)).intoArray(y, to);
        }
    }
}
