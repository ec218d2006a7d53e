package dev.sectional.core.internal.kernel;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Winograd transforms of {@link Kernels} over narrow vectors. Each step processes a group of many channels at few
 * positions: its vectors fit the 16 registers, its loop has no bounds checks, and feature maps and filters are read
 * along their rows, which the processor prefetches. One vector at a time through a whole window, as in {@link
 * SimdWinograd}, takes up to 1.7 times as long. Wide vectors make the groups too short for this, and the two
 * vectors of a panel are too short as well, so the transforms of outputs and output gradients exist in {@link
 * SimdWinograd} only.
 */
final class SimdWinogradNarrow {
    private static final VectorSpecies<Float> SPECIES = SimdSpecies.FLOAT;
    private static final int LANES = SPECIES.length();
    private static final int WINDOW = WinogradTransform.WINDOW;
    /** Channels of a group; with 36 positions each they stay in the first-level cache. */
    private static final int GROUP = 128;
    private static final float A = WinogradTransform.A;
    private static final float B = WinogradTransform.B;

    private SimdWinogradNarrow() {
    }

    /** The last group, if partial, starts earlier and repeats channels; so does the last vector of a group. */
    static void input(float[] x, int start, int rowStep, int columnStep, int count, float[] scratch, float[] v,
                      int vStart, int vStep) {
        int group = Math.min(count, GROUP);
        for (int next = 0; next < count; next += group) {
            int c = Math.min(next, count - group);
            for (int j = 0; j < WINDOW; j++) {
                inputSix(x, start + c + j * columnStep, rowStep, group, scratch, j * group, WINDOW * group);
            }
            for (int i = 0; i < WINDOW; i++) {
                inputSix(scratch, i * WINDOW * group, group, group, v, vStart + c + i * WINDOW * vStep, vStep);
            }
        }
    }

    /** Computes {@code B^T d} for each of {@code count} channels. */
    private static void inputSix(float[] d, int start, int step, int count, float[] to, int toStart, int toStep) {
        FloatVector plusA = FloatVector.broadcast(SPECIES, A);
        FloatVector minusA = FloatVector.broadcast(SPECIES, -A);
        FloatVector plusB = FloatVector.broadcast(SPECIES, B);
        FloatVector minusB = FloatVector.broadcast(SPECIES, -B);
        FloatVector minusAA = FloatVector.broadcast(SPECIES, -A * A);
        FloatVector minusBB = FloatVector.broadcast(SPECIES, -B * B);
        FloatVector product = FloatVector.broadcast(SPECIES, A * A * B * B);
        FloatVector minusSum = FloatVector.broadcast(SPECIES, -(A * A + B * B));
        for (int c = 0; c <= count - LANES; c += LANES) {
            FloatVector d0 = FloatVector.fromArray(SPECIES, d, start + c);
            FloatVector d2 = FloatVector.fromArray(SPECIES, d, start + 2 * step + c);
            FloatVector d4 = FloatVector.fromArray(SPECIES, d, start + 4 * step + c);
            d0.fma(product, d2.fma(minusSum, d4)).intoArray(to, toStart + c);
            FloatVector d1 = FloatVector.fromArray(SPECIES, d, start + step + c);
            FloatVector d3 = FloatVector.fromArray(SPECIES, d, start + 3 * step + c);
            FloatVector d5 = FloatVector.fromArray(SPECIES, d, start + 5 * step + c);
            d1.fma(product, d3.fma(minusSum, d5)).intoArray(to, toStart + 5 * toStep + c);
            FloatVector nearEven = d2.fma(minusBB, d4);
            FloatVector nearOdd = d1.fma(minusBB, d3);
            nearOdd.fma(plusA, nearEven).intoArray(to, toStart + toStep + c);
            nearOdd.fma(minusA, nearEven).intoArray(to, toStart + 2 * toStep + c);
            FloatVector farEven = d2.fma(minusAA, d4);
            FloatVector farOdd = d1.fma(minusAA, d3);
            farOdd.fma(plusB, farEven).intoArray(to, toStart + 3 * toStep + c);
            farOdd.fma(minusB, farEven).intoArray(to, toStart + 4 * toStep + c);
        }
        if (count % LANES != 0) {
            int last = count - LANES;
            inputSix(d, start + last, step, LANES, to, toStart + last, toStep);
        }
    }

    static void filter(int fromRow, int toRow, float[] g, int start, int step, int count, float[] scratch, float[] u,
                       int uStart, int uStep) {
        for (int j = 0; j < 3; j++) {
            filterThree(g, start + j * step, 3 * step, count, scratch, j * count, 3 * count);
        }
        for (int i = fromRow; i < toRow; i++) {
            filterThree(scratch, 3 * i * count, count, count, u, uStart + (i - fromRow) * WINDOW * uStep, uStep);
        }
    }

    /** Computes {@code G g} for each of {@code count} filters. */
    private static void filterThree(float[] g, int start, int step, int count, float[] to, int toStart, int toStep) {
        FloatVector zeroShare = FloatVector.broadcast(SPECIES, WinogradTransform.AT_ZERO);
        FloatVector nearShare = FloatVector.broadcast(SPECIES, WinogradTransform.AT_A);
        FloatVector aa = FloatVector.broadcast(SPECIES, A * A);
        FloatVector nearOdd = FloatVector.broadcast(SPECIES, A * WinogradTransform.AT_A);
        FloatVector farShare = FloatVector.broadcast(SPECIES, WinogradTransform.AT_B);
        FloatVector bb = FloatVector.broadcast(SPECIES, B * B);
        FloatVector farOdd = FloatVector.broadcast(SPECIES, B * WinogradTransform.AT_B);
        for (int c = 0; c < count; c += LANES) {
            FloatVector g0 = FloatVector.fromArray(SPECIES, g, start + c);
            FloatVector g1 = FloatVector.fromArray(SPECIES, g, start + step + c);
            FloatVector g2 = FloatVector.fromArray(SPECIES, g, start + 2 * step + c);
            g0.mul(zeroShare).intoArray(to, toStart + c);
            FloatVector near = g2.fma(aa, g0).mul(nearShare);
            FloatVector odd = g1.mul(nearOdd);
            near.add(odd).intoArray(to, toStart + toStep + c);
            near.sub(odd).intoArray(to, toStart + 2 * toStep + c);
            FloatVector far = g2.fma(bb, g0).mul(farShare);
            odd = g1.mul(farOdd);
            far.add(odd).intoArray(to, toStart + 3 * toStep + c);
            far.sub(odd).intoArray(to, toStart + 4 * toStep + c);
            g2.intoArray(to, toStart + 5 * toStep + c);
        }
    }

    static void filterGradient(float[] w, int start, int step, int count, float[] scratch, float[] g, int gStart,
                               int gStep) {
        for (int j = 0; j < WINDOW; j++) {
            filterGradientSix(w, start + j * step, WINDOW * step, count, scratch, j * count, WINDOW * count);
        }
        for (int i = 0; i < 3; i++) {
            filterGradientSix(scratch, i * WINDOW * count, count, count, g, gStart + 3 * i * gStep, gStep);
        }
    }

    /** Computes {@code G^T w} for each of {@code count} filters. */
    private static void filterGradientSix(float[] w, int start, int step, int count, float[] to, int toStart,
                                          int toStep) {
        FloatVector a = FloatVector.broadcast(SPECIES, A);
        FloatVector aa = FloatVector.broadcast(SPECIES, A * A);
        FloatVector b = FloatVector.broadcast(SPECIES, B);
        FloatVector bb = FloatVector.broadcast(SPECIES, B * B);
        FloatVector zeroShare = FloatVector.broadcast(SPECIES, WinogradTransform.AT_ZERO);
        FloatVector nearShare = FloatVector.broadcast(SPECIES, WinogradTransform.AT_A);
        FloatVector farShare = FloatVector.broadcast(SPECIES, WinogradTransform.AT_B);
        for (int c = 0; c < count; c += LANES) {
            FloatVector w1 = FloatVector.fromArray(SPECIES, w, start + step + c);
            FloatVector w2 = FloatVector.fromArray(SPECIES, w, start + 2 * step + c);
            FloatVector near = w1.add(w2).mul(nearShare);
            FloatVector nearOdd = w1.sub(w2).mul(nearShare);
            FloatVector w3 = FloatVector.fromArray(SPECIES, w, start + 3 * step + c);
            FloatVector w4 = FloatVector.fromArray(SPECIES, w, start + 4 * step + c);
            FloatVector far = w3.add(w4).mul(farShare);
            FloatVector farOdd = w3.sub(w4).mul(farShare);
            FloatVector.fromArray(SPECIES, w, start + c).fma(zeroShare, near.add(far)).intoArray(to, toStart + c);
            nearOdd.fma(a, farOdd.mul(b)).intoArray(to, toStart + toStep + c);
            near.fma(aa, far.fma(bb, FloatVector.fromArray(SPECIES, w, start + 5 * step + c)))
                    .intoArray(to, toStart + 2 * toStep + c);
        }
    }
}
