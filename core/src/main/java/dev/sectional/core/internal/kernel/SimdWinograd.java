package dev.sectional.core.internal.kernel;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The Winograd transforms of {@link Kernels} over the vector module: one vector of neighbouring channels at a time,
 * first down the columns of the window, then along its rows. Thirty-six vectors do not fit the registers, so the
 * result of the first step goes through the scratch array. There are no helper methods, because one that is not
 * inlined boxes every vector. See {@link WinogradTransform} for the matrices.
 */
final class SimdWinograd {
    private static final VectorSpecies<Float> SPECIES = SimdSpecies.FLOAT;
    private static final int LANES = SPECIES.length();
    private static final int WINDOW = WinogradTransform.WINDOW;
    /** Distance between rows of the scratch array. */
    private static final int ROW = WINDOW * LANES;
    private static final float A = WinogradTransform.A;
    private static final float B = WinogradTransform.B;

    private SimdWinograd() {
    }

    /** The last vector, if partial, starts earlier and repeats channels. */
    static void input(float[] x, int start, int rowStep, int columnStep, int count, float[] scratch, float[] v,
                      int vStart, int vStep) {
        FloatVector plusA = FloatVector.broadcast(SPECIES, A);
        FloatVector minusA = FloatVector.broadcast(SPECIES, -A);
        FloatVector plusB = FloatVector.broadcast(SPECIES, B);
        FloatVector minusB = FloatVector.broadcast(SPECIES, -B);
        FloatVector minusAA = FloatVector.broadcast(SPECIES, -A * A);
        FloatVector minusBB = FloatVector.broadcast(SPECIES, -B * B);
        FloatVector product = FloatVector.broadcast(SPECIES, A * A * B * B);
        FloatVector minusSum = FloatVector.broadcast(SPECIES, -(A * A + B * B));
        for (int next = 0; next < count; next += LANES) {
            int c = Math.min(next, count - LANES);
            for (int j = 0, at = start + c, to = 0; j < WINDOW; j++, at += columnStep, to += LANES) {
                FloatVector d0 = FloatVector.fromArray(SPECIES, x, at);
                FloatVector d1 = FloatVector.fromArray(SPECIES, x, at + rowStep);
                FloatVector d2 = FloatVector.fromArray(SPECIES, x, at + 2 * rowStep);
                FloatVector d3 = FloatVector.fromArray(SPECIES, x, at + 3 * rowStep);
                FloatVector d4 = FloatVector.fromArray(SPECIES, x, at + 4 * rowStep);
                FloatVector d5 = FloatVector.fromArray(SPECIES, x, at + 5 * rowStep);
                FloatVector nearEven = d2.fma(minusBB, d4);
                FloatVector nearOdd = d1.fma(minusBB, d3);
                FloatVector farEven = d2.fma(minusAA, d4);
                FloatVector farOdd = d1.fma(minusAA, d3);
                d0.fma(product, d2.fma(minusSum, d4)).intoArray(scratch, to);
                nearOdd.fma(plusA, nearEven).intoArray(scratch, to + ROW);
                nearOdd.fma(minusA, nearEven).intoArray(scratch, to + 2 * ROW);
                farOdd.fma(plusB, farEven).intoArray(scratch, to + 3 * ROW);
                farOdd.fma(minusB, farEven).intoArray(scratch, to + 4 * ROW);
                d1.fma(product, d3.fma(minusSum, d5)).intoArray(scratch, to + 5 * ROW);
            }
            for (int i = 0, at = 0, to = vStart + c; i < WINDOW; i++, at += ROW, to += WINDOW * vStep) {
                FloatVector d0 = FloatVector.fromArray(SPECIES, scratch, at);
                FloatVector d1 = FloatVector.fromArray(SPECIES, scratch, at + LANES);
                FloatVector d2 = FloatVector.fromArray(SPECIES, scratch, at + 2 * LANES);
                FloatVector d3 = FloatVector.fromArray(SPECIES, scratch, at + 3 * LANES);
                FloatVector d4 = FloatVector.fromArray(SPECIES, scratch, at + 4 * LANES);
                FloatVector d5 = FloatVector.fromArray(SPECIES, scratch, at + 5 * LANES);
                FloatVector nearEven = d2.fma(minusBB, d4);
                FloatVector nearOdd = d1.fma(minusBB, d3);
                FloatVector farEven = d2.fma(minusAA, d4);
                FloatVector farOdd = d1.fma(minusAA, d3);
                d0.fma(product, d2.fma(minusSum, d4)).intoArray(v, to);
                nearOdd.fma(plusA, nearEven).intoArray(v, to + vStep);
                nearOdd.fma(minusA, nearEven).intoArray(v, to + 2 * vStep);
                farOdd.fma(plusB, farEven).intoArray(v, to + 3 * vStep);
                farOdd.fma(minusB, farEven).intoArray(v, to + 4 * vStep);
                d1.fma(product, d3.fma(minusSum, d5)).intoArray(v, to + 5 * vStep);
            }
        }
    }

    /** Needs no scratch array: each row of {@code G g} goes through the second step at once. */
    static void filter(int fromRow, int toRow, float[] g, int start, int step, int count, float[] u, int uStart,
                       int uStep) {
        FloatVector aa = FloatVector.broadcast(SPECIES, A * A);
        FloatVector bb = FloatVector.broadcast(SPECIES, B * B);
        FloatVector zeroShare = FloatVector.broadcast(SPECIES, WinogradTransform.AT_ZERO);
        FloatVector nearShare = FloatVector.broadcast(SPECIES, WinogradTransform.AT_A);
        FloatVector nearOddShare = FloatVector.broadcast(SPECIES, A * WinogradTransform.AT_A);
        FloatVector farShare = FloatVector.broadcast(SPECIES, WinogradTransform.AT_B);
        FloatVector farOddShare = FloatVector.broadcast(SPECIES, B * WinogradTransform.AT_B);
        for (int c = 0; c < count; c += LANES) {
            int at = start + c;
            FloatVector g00 = FloatVector.fromArray(SPECIES, g, at);
            FloatVector g01 = FloatVector.fromArray(SPECIES, g, at + step);
            FloatVector g02 = FloatVector.fromArray(SPECIES, g, at + 2 * step);
            FloatVector g10 = FloatVector.fromArray(SPECIES, g, at + 3 * step);
            FloatVector g11 = FloatVector.fromArray(SPECIES, g, at + 4 * step);
            FloatVector g12 = FloatVector.fromArray(SPECIES, g, at + 5 * step);
            FloatVector g20 = FloatVector.fromArray(SPECIES, g, at + 6 * step);
            FloatVector g21 = FloatVector.fromArray(SPECIES, g, at + 7 * step);
            FloatVector g22 = FloatVector.fromArray(SPECIES, g, at + 8 * step);
            for (int i = fromRow, to = uStart + c; i < toRow; i++, to += WINDOW * uStep) {
                FloatVector f0 = FloatVector.broadcast(SPECIES, WinogradTransform.G[3 * i]);
                FloatVector f1 = FloatVector.broadcast(SPECIES, WinogradTransform.G[3 * i + 1]);
                FloatVector f2 = FloatVector.broadcast(SPECIES, WinogradTransform.G[3 * i + 2]);
                FloatVector r0 = g00.fma(f0, g10.fma(f1, g20.mul(f2)));
                FloatVector r1 = g01.fma(f0, g11.fma(f1, g21.mul(f2)));
                FloatVector r2 = g02.fma(f0, g12.fma(f1, g22.mul(f2)));
                FloatVector near = r2.mul(aa).add(r0).mul(nearShare);
                FloatVector nearOdd = r1.mul(nearOddShare);
                FloatVector far = r2.mul(bb).add(r0).mul(farShare);
                FloatVector farOdd = r1.mul(farOddShare);
                r0.mul(zeroShare).intoArray(u, to);
                near.add(nearOdd).intoArray(u, to + uStep);
                near.sub(nearOdd).intoArray(u, to + 2 * uStep);
                far.add(farOdd).intoArray(u, to + 3 * uStep);
                far.sub(farOdd).intoArray(u, to + 4 * uStep);
                r2.intoArray(u, to + 5 * uStep);
            }
        }
    }

    static void output(float[] m, int start, int step, int count, float[] biases, int biasStart, boolean relu,
                       float[] scratch, float[] y, int yStart, int rowStep, int columnStep) {
        FloatVector a = FloatVector.broadcast(SPECIES, A);
        FloatVector aa = FloatVector.broadcast(SPECIES, A * A);
        FloatVector aaa = FloatVector.broadcast(SPECIES, A * A * A);
        FloatVector b = FloatVector.broadcast(SPECIES, B);
        FloatVector bb = FloatVector.broadcast(SPECIES, B * B);
        FloatVector bbb = FloatVector.broadcast(SPECIES, B * B * B);
        // max(v, 0) = v / 2 + |v| / 2, which is faster
        FloatVector half = FloatVector.broadcast(SPECIES, relu ? 0.5f : 0f);
        FloatVector rest = FloatVector.broadcast(SPECIES, relu ? 0.5f : 1f);
        for (int c = 0; c < count; c += LANES) {
            FloatVector bias = biases == null ? FloatVector.zero(SPECIES)
                    : FloatVector.fromArray(SPECIES, biases, biasStart + c);
            for (int j = 0, at = start + c, to = 0; j < WINDOW; j++, at += step, to += LANES) {
                FloatVector m0 = FloatVector.fromArray(SPECIES, m, at);
                FloatVector m1 = FloatVector.fromArray(SPECIES, m, at + WINDOW * step);
                FloatVector m2 = FloatVector.fromArray(SPECIES, m, at + 2 * WINDOW * step);
                FloatVector m3 = FloatVector.fromArray(SPECIES, m, at + 3 * WINDOW * step);
                FloatVector m4 = FloatVector.fromArray(SPECIES, m, at + 4 * WINDOW * step);
                FloatVector m5 = FloatVector.fromArray(SPECIES, m, at + 5 * WINDOW * step);
                FloatVector near = m1.add(m2);
                FloatVector nearOdd = m1.sub(m2);
                FloatVector far = m3.add(m4);
                FloatVector farOdd = m3.sub(m4);
                m0.add(near).add(far).intoArray(scratch, to);
                nearOdd.fma(a, farOdd.mul(b)).intoArray(scratch, to + ROW);
                near.fma(aa, far.mul(bb)).intoArray(scratch, to + 2 * ROW);
                nearOdd.fma(aaa, farOdd.fma(bbb, m5)).intoArray(scratch, to + 3 * ROW);
            }
            for (int i = 0, at = 0, to = yStart + c; i < WinogradTransform.TILE; i++, at += ROW, to += rowStep) {
                FloatVector m0 = FloatVector.fromArray(SPECIES, scratch, at);
                FloatVector m1 = FloatVector.fromArray(SPECIES, scratch, at + LANES);
                FloatVector m2 = FloatVector.fromArray(SPECIES, scratch, at + 2 * LANES);
                FloatVector m3 = FloatVector.fromArray(SPECIES, scratch, at + 3 * LANES);
                FloatVector m4 = FloatVector.fromArray(SPECIES, scratch, at + 4 * LANES);
                FloatVector m5 = FloatVector.fromArray(SPECIES, scratch, at + 5 * LANES);
                FloatVector near = m1.add(m2);
                FloatVector nearOdd = m1.sub(m2);
                FloatVector far = m3.add(m4);
                FloatVector farOdd = m3.sub(m4);
                FloatVector o0 = m0.add(near).add(far).add(bias);
                o0.abs().fma(half, o0.mul(rest)).intoArray(y, to);
                FloatVector o1 = nearOdd.fma(a, farOdd.mul(b)).add(bias);
                o1.abs().fma(half, o1.mul(rest)).intoArray(y, to + columnStep);
                FloatVector o2 = near.fma(aa, far.mul(bb)).add(bias);
                o2.abs().fma(half, o2.mul(rest)).intoArray(y, to + 2 * columnStep);
                FloatVector o3 = nearOdd.fma(aaa, farOdd.fma(bbb, m5)).add(bias);
                o3.abs().fma(half, o3.mul(rest)).intoArray(y, to + 3 * columnStep);
            }
        }
    }

    /** The last vector, if partial, starts earlier and repeats channels. */
    static void outputGradient(float[] r, int start, int rowStep, int columnStep, int count, int sign,
                         float[] scratch, float[] v, int vStart, int vStep) {
        FloatVector half = FloatVector.broadcast(SPECIES, 0.5f);
        FloatVector own = FloatVector.broadcast(SPECIES, 0.5f * sign);
        FloatVector a = FloatVector.broadcast(SPECIES, A);
        FloatVector aa = FloatVector.broadcast(SPECIES, A * A);
        FloatVector aaa = FloatVector.broadcast(SPECIES, A * A * A);
        FloatVector b = FloatVector.broadcast(SPECIES, B);
        FloatVector bb = FloatVector.broadcast(SPECIES, B * B);
        FloatVector bbb = FloatVector.broadcast(SPECIES, B * B * B);
        for (int next = 0; next < count; next += LANES) {
            int c = Math.min(next, count - LANES);
            for (int j = 0, at = start + c, to = 0; j < WinogradTransform.TILE; j++, at += columnStep, to += LANES) {
                FloatVector r0 = FloatVector.fromArray(SPECIES, r, at);
                FloatVector r1 = FloatVector.fromArray(SPECIES, r, at + rowStep);
                FloatVector r2 = FloatVector.fromArray(SPECIES, r, at + 2 * rowStep);
                FloatVector r3 = FloatVector.fromArray(SPECIES, r, at + 3 * rowStep);
                FloatVector q0 = r0.abs().fma(half, r0.mul(own));
                FloatVector q1 = r1.abs().fma(half, r1.mul(own));
                FloatVector q2 = r2.abs().fma(half, r2.mul(own));
                FloatVector q3 = r3.abs().fma(half, r3.mul(own));
                FloatVector nearEven = q2.fma(aa, q0);
                FloatVector nearOdd = q1.fma(a, q3.mul(aaa));
                FloatVector farEven = q2.fma(bb, q0);
                FloatVector farOdd = q1.fma(b, q3.mul(bbb));
                q0.intoArray(scratch, to);
                nearEven.add(nearOdd).intoArray(scratch, to + ROW);
                nearEven.sub(nearOdd).intoArray(scratch, to + 2 * ROW);
                farEven.add(farOdd).intoArray(scratch, to + 3 * ROW);
                farEven.sub(farOdd).intoArray(scratch, to + 4 * ROW);
                q3.intoArray(scratch, to + 5 * ROW);
            }
            for (int i = 0, at = 0, to = vStart + c; i < WINDOW; i++, at += ROW, to += WINDOW * vStep) {
                FloatVector q0 = FloatVector.fromArray(SPECIES, scratch, at);
                FloatVector q1 = FloatVector.fromArray(SPECIES, scratch, at + LANES);
                FloatVector q2 = FloatVector.fromArray(SPECIES, scratch, at + 2 * LANES);
                FloatVector q3 = FloatVector.fromArray(SPECIES, scratch, at + 3 * LANES);
                FloatVector nearEven = q2.fma(aa, q0);
                FloatVector nearOdd = q1.fma(a, q3.mul(aaa));
                FloatVector farEven = q2.fma(bb, q0);
                FloatVector farOdd = q1.fma(b, q3.mul(bbb));
                q0.intoArray(v, to);
                nearEven.add(nearOdd).intoArray(v, to + vStep);
                nearEven.sub(nearOdd).intoArray(v, to + 2 * vStep);
                farEven.add(farOdd).intoArray(v, to + 3 * vStep);
                farEven.sub(farOdd).intoArray(v, to + 4 * vStep);
                q3.intoArray(v, to + 5 * vStep);
            }
        }
    }

    static void filterGradient(float[] w, int start, int step, int count, float[] scratch, float[] g, int gStart,
                               int gStep) {
        FloatVector a = FloatVector.broadcast(SPECIES, A);
        FloatVector aa = FloatVector.broadcast(SPECIES, A * A);
        FloatVector b = FloatVector.broadcast(SPECIES, B);
        FloatVector bb = FloatVector.broadcast(SPECIES, B * B);
        FloatVector zeroShare = FloatVector.broadcast(SPECIES, WinogradTransform.AT_ZERO);
        FloatVector nearShare = FloatVector.broadcast(SPECIES, WinogradTransform.AT_A);
        FloatVector farShare = FloatVector.broadcast(SPECIES, WinogradTransform.AT_B);
        for (int c = 0; c < count; c += LANES) {
            for (int j = 0, at = start + c, to = 0; j < WINDOW; j++, at += step, to += LANES) {
                FloatVector w0 = FloatVector.fromArray(SPECIES, w, at);
                FloatVector w1 = FloatVector.fromArray(SPECIES, w, at + WINDOW * step);
                FloatVector w2 = FloatVector.fromArray(SPECIES, w, at + 2 * WINDOW * step);
                FloatVector w3 = FloatVector.fromArray(SPECIES, w, at + 3 * WINDOW * step);
                FloatVector w4 = FloatVector.fromArray(SPECIES, w, at + 4 * WINDOW * step);
                FloatVector w5 = FloatVector.fromArray(SPECIES, w, at + 5 * WINDOW * step);
                FloatVector near = w1.add(w2).mul(nearShare);
                FloatVector nearOdd = w1.sub(w2).mul(nearShare);
                FloatVector far = w3.add(w4).mul(farShare);
                FloatVector farOdd = w3.sub(w4).mul(farShare);
                w0.fma(zeroShare, near.add(far)).intoArray(scratch, to);
                nearOdd.fma(a, farOdd.mul(b)).intoArray(scratch, to + ROW);
                near.fma(aa, far.fma(bb, w5)).intoArray(scratch, to + 2 * ROW);
            }
            for (int i = 0, at = 0, to = gStart + c; i < 3; i++, at += ROW, to += 3 * gStep) {
                FloatVector w0 = FloatVector.fromArray(SPECIES, scratch, at);
                FloatVector w1 = FloatVector.fromArray(SPECIES, scratch, at + LANES);
                FloatVector w2 = FloatVector.fromArray(SPECIES, scratch, at + 2 * LANES);
                FloatVector w3 = FloatVector.fromArray(SPECIES, scratch, at + 3 * LANES);
                FloatVector w4 = FloatVector.fromArray(SPECIES, scratch, at + 4 * LANES);
                FloatVector w5 = FloatVector.fromArray(SPECIES, scratch, at + 5 * LANES);
                FloatVector near = w1.add(w2).mul(nearShare);
                FloatVector nearOdd = w1.sub(w2).mul(nearShare);
                FloatVector far = w3.add(w4).mul(farShare);
                FloatVector farOdd = w3.sub(w4).mul(farShare);
                w0.fma(zeroShare, near.add(far)).intoArray(g, to);
                nearOdd.fma(a, farOdd.mul(b)).intoArray(g, to + gStep);
                near.fma(aa, far.fma(bb, w5)).intoArray(g, to + 2 * gStep);
            }
        }
    }
}
