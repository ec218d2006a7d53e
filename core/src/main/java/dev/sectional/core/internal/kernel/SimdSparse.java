package dev.sectional.core.internal.kernel;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The loops of {@link SparseKernels} over the vector module: one vector of channels at a time, with all nine kernel
 * offsets in registers. They are written out for the reasons that {@link SimdKernels} gives. The number of
 * instructions bounds their speed, so a vector from an array is the argument of a multiply-add and not its
 * receiver: then C2 folds the load into the instruction.
 */
final class SimdSparse {
    private static final VectorSpecies<Float> SPECIES = SimdSpecies.FLOAT;
    private static final int LANES = SPECIES.length();
    static final int SIDE = LANES < 16 ? 24 : 16;
    private static final int ROW_STRIDE = SparseKernels.blockRowStride(SIDE, LANES);

    private SimdSparse() {
    }

    static void gradient(float[] nonzeros, int from, int to, float[] block, int blockStart,
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
            int top = blockStart + Float.floatToRawIntBits(nonzeros[i]);
            int middle = top + ROW_STRIDE;
            int bottom = middle + ROW_STRIDE;
            FloatVector value = FloatVector.broadcast(SPECIES, nonzeros[i + 1]);
            g0 = value.fma(FloatVector.fromArray(SPECIES, block, top), g0);
            g1 = value.fma(FloatVector.fromArray(SPECIES, block, top + LANES), g1);
            g2 = value.fma(FloatVector.fromArray(SPECIES, block, top + 2 * LANES), g2);
            g3 = value.fma(FloatVector.fromArray(SPECIES, block, middle), g3);
            g4 = value.fma(FloatVector.fromArray(SPECIES, block, middle + LANES), g4);
            g5 = value.fma(FloatVector.fromArray(SPECIES, block, middle + 2 * LANES), g5);
            g6 = value.fma(FloatVector.fromArray(SPECIES, block, bottom), g6);
            g7 = value.fma(FloatVector.fromArray(SPECIES, block, bottom + LANES), g7);
            g8 = value.fma(FloatVector.fromArray(SPECIES, block, bottom + 2 * LANES), g8);
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

    static void forward(float[] nonzeros, int from, int to, float[] block, int blockStart, float[] g, int gStart,
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
            int top = blockStart + Float.floatToRawIntBits(nonzeros[i]);
            int middle = top + ROW_STRIDE;
            int bottom = middle + ROW_STRIDE;
            FloatVector upper = g0.fma(FloatVector.fromArray(SPECIES, block, top),
                    FloatVector.fromArray(SPECIES, addend, addAt));
            FloatVector centre = g3.mul(FloatVector.fromArray(SPECIES, block, middle));
            FloatVector lower = g6.mul(FloatVector.fromArray(SPECIES, block, bottom));
            upper = g1.fma(FloatVector.fromArray(SPECIES, block, top + LANES), upper);
            centre = g4.fma(FloatVector.fromArray(SPECIES, block, middle + LANES), centre);
            lower = g7.fma(FloatVector.fromArray(SPECIES, block, bottom + LANES), lower);
            upper = g2.fma(FloatVector.fromArray(SPECIES, block, top + 2 * LANES), upper);
            centre = g5.fma(FloatVector.fromArray(SPECIES, block, middle + 2 * LANES), centre);
            lower = g8.fma(FloatVector.fromArray(SPECIES, block, bottom + 2 * LANES), lower);
            upper.add(centre.add(lower)).intoArray(sums, at);
        }
    }

    static void inputGradient(float[] nonzeros, int from, int to, float[] g, int gStart, float[] block,
                              int blockStart) {
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
            int top = blockStart + Float.floatToRawIntBits(nonzeros[i]);
            int middle = top + ROW_STRIDE;
            int bottom = middle + ROW_STRIDE;
            FloatVector value = FloatVector.broadcast(SPECIES, nonzeros[i + 1]);
            g0.fma(value, FloatVector.fromArray(SPECIES, block, top)).intoArray(block, top);
            g1.fma(value, FloatVector.fromArray(SPECIES, block, top + LANES)).intoArray(block, top + LANES);
            g2.fma(value, FloatVector.fromArray(SPECIES, block, top + 2 * LANES)).intoArray(block, top + 2 * LANES);
            g3.fma(value, FloatVector.fromArray(SPECIES, block, middle)).intoArray(block, middle);
            g4.fma(value, FloatVector.fromArray(SPECIES, block, middle + LANES)).intoArray(block, middle + LANES);
            g5.fma(value, FloatVector.fromArray(SPECIES, block, middle + 2 * LANES))
                    .intoArray(block, middle + 2 * LANES);
            g6.fma(value, FloatVector.fromArray(SPECIES, block, bottom)).intoArray(block, bottom);
            g7.fma(value, FloatVector.fromArray(SPECIES, block, bottom + LANES)).intoArray(block, bottom + LANES);
            g8.fma(value, FloatVector.fromArray(SPECIES, block, bottom + 2 * LANES))
                    .intoArray(block, bottom + 2 * LANES);
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
