package dev.sectional.core.internal.kernel;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Tiles of {@link SimdDepthwise} whose positions are one kernel column apart, as at a stride of 1: each vector that is
 * read serves up to three positions. They are written out with one local per register, as in {@link SimdGemm}.
 */
final class SimdDepthwiseNeighbours {
    private static final VectorSpecies<Float> SPECIES = SimdSpecies.FLOAT;

    private SimdDepthwiseNeighbours() {
    }

    /** Computes eight positions. */
    static void tile8(float[] x, int xStart, float[] w, int channel, DepthwiseOffsets offsets, float[] bias,
                      float least, float greatest, float[] y, int yStart, int yStep) {
        int[] xOffsets = offsets.x();
        int[] wOffsets = offsets.w();
        int[] runs = offsets.runs();
        int[] steps = offsets.steps();
        FloatVector s0 = FloatVector.zero(SPECIES);
        FloatVector s1 = FloatVector.zero(SPECIES);
        FloatVector s2 = FloatVector.zero(SPECIES);
        FloatVector s3 = FloatVector.zero(SPECIES);
        FloatVector s4 = FloatVector.zero(SPECIES);
        FloatVector s5 = FloatVector.zero(SPECIES);
        FloatVector s6 = FloatVector.zero(SPECIES);
        FloatVector s7 = FloatVector.zero(SPECIES);
        for (int i = 0; i < runs.length; i += runs[i]) {
            int at = xStart + xOffsets[i];
            int step = steps[i];
            if (runs[i] == DepthwiseOffsets.MOST) {
                FloatVector w0 = FloatVector.fromArray(SPECIES, w, channel + wOffsets[i]);
                FloatVector w1 = FloatVector.fromArray(SPECIES, w, channel + wOffsets[i + 1]);
                FloatVector w2 = FloatVector.fromArray(SPECIES, w, channel + wOffsets[i + 2]);
                s0 = w0.fma(FloatVector.fromArray(SPECIES, x, at), s0);
                at += step;
                FloatVector x1 = FloatVector.fromArray(SPECIES, x, at);
                s0 = w1.fma(x1, s0);
                s1 = w0.fma(x1, s1);
                at += step;
                FloatVector x2 = FloatVector.fromArray(SPECIES, x, at);
                s0 = w2.fma(x2, s0);
                s1 = w1.fma(x2, s1);
                s2 = w0.fma(x2, s2);
                at += step;
                FloatVector x3 = FloatVector.fromArray(SPECIES, x, at);
                s1 = w2.fma(x3, s1);
                s2 = w1.fma(x3, s2);
                s3 = w0.fma(x3, s3);
                at += step;
                FloatVector x4 = FloatVector.fromArray(SPECIES, x, at);
                s2 = w2.fma(x4, s2);
                s3 = w1.fma(x4, s3);
                s4 = w0.fma(x4, s4);
                at += step;
                FloatVector x5 = FloatVector.fromArray(SPECIES, x, at);
                s3 = w2.fma(x5, s3);
                s4 = w1.fma(x5, s4);
                s5 = w0.fma(x5, s5);
                at += step;
                FloatVector x6 = FloatVector.fromArray(SPECIES, x, at);
                s4 = w2.fma(x6, s4);
                s5 = w1.fma(x6, s5);
                s6 = w0.fma(x6, s6);
                at += step;
                FloatVector x7 = FloatVector.fromArray(SPECIES, x, at);
                s5 = w2.fma(x7, s5);
                s6 = w1.fma(x7, s6);
                s7 = w0.fma(x7, s7);
                at += step;
                FloatVector x8 = FloatVector.fromArray(SPECIES, x, at);
                s6 = w2.fma(x8, s6);
                s7 = w1.fma(x8, s7);
                at += step;
                s7 = w2.fma(FloatVector.fromArray(SPECIES, x, at), s7);
            } else if (runs[i] == 2) {
                FloatVector w0 = FloatVector.fromArray(SPECIES, w, channel + wOffsets[i]);
                FloatVector w1 = FloatVector.fromArray(SPECIES, w, channel + wOffsets[i + 1]);
                s0 = w0.fma(FloatVector.fromArray(SPECIES, x, at), s0);
                at += step;
                FloatVector x1 = FloatVector.fromArray(SPECIES, x, at);
                s0 = w1.fma(x1, s0);
                s1 = w0.fma(x1, s1);
                at += step;
                FloatVector x2 = FloatVector.fromArray(SPECIES, x, at);
                s1 = w1.fma(x2, s1);
                s2 = w0.fma(x2, s2);
                at += step;
                FloatVector x3 = FloatVector.fromArray(SPECIES, x, at);
                s2 = w1.fma(x3, s2);
                s3 = w0.fma(x3, s3);
                at += step;
                FloatVector x4 = FloatVector.fromArray(SPECIES, x, at);
                s3 = w1.fma(x4, s3);
                s4 = w0.fma(x4, s4);
                at += step;
                FloatVector x5 = FloatVector.fromArray(SPECIES, x, at);
                s4 = w1.fma(x5, s4);
                s5 = w0.fma(x5, s5);
                at += step;
                FloatVector x6 = FloatVector.fromArray(SPECIES, x, at);
                s5 = w1.fma(x6, s5);
                s6 = w0.fma(x6, s6);
                at += step;
                FloatVector x7 = FloatVector.fromArray(SPECIES, x, at);
                s6 = w1.fma(x7, s6);
                s7 = w0.fma(x7, s7);
                at += step;
                s7 = w1.fma(FloatVector.fromArray(SPECIES, x, at), s7);
            } else {
                FloatVector w0 = FloatVector.fromArray(SPECIES, w, channel + wOffsets[i]);
                s0 = w0.fma(FloatVector.fromArray(SPECIES, x, at), s0);
                at += step;
                s1 = w0.fma(FloatVector.fromArray(SPECIES, x, at), s1);
                at += step;
                s2 = w0.fma(FloatVector.fromArray(SPECIES, x, at), s2);
                at += step;
                s3 = w0.fma(FloatVector.fromArray(SPECIES, x, at), s3);
                at += step;
                s4 = w0.fma(FloatVector.fromArray(SPECIES, x, at), s4);
                at += step;
                s5 = w0.fma(FloatVector.fromArray(SPECIES, x, at), s5);
                at += step;
                s6 = w0.fma(FloatVector.fromArray(SPECIES, x, at), s6);
                at += step;
                s7 = w0.fma(FloatVector.fromArray(SPECIES, x, at), s7);
            }
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

    /** Computes four positions. */
    static void tile4(float[] x, int xStart, float[] w, int channel, DepthwiseOffsets offsets, float[] bias,
                      float least, float greatest, float[] y, int yStart, int yStep) {
        int[] xOffsets = offsets.x();
        int[] wOffsets = offsets.w();
        int[] runs = offsets.runs();
        int[] steps = offsets.steps();
        FloatVector s0 = FloatVector.zero(SPECIES);
        FloatVector s1 = FloatVector.zero(SPECIES);
        FloatVector s2 = FloatVector.zero(SPECIES);
        FloatVector s3 = FloatVector.zero(SPECIES);
        for (int i = 0; i < runs.length; i += runs[i]) {
            int at = xStart + xOffsets[i];
            int step = steps[i];
            if (runs[i] == DepthwiseOffsets.MOST) {
                FloatVector w0 = FloatVector.fromArray(SPECIES, w, channel + wOffsets[i]);
                FloatVector w1 = FloatVector.fromArray(SPECIES, w, channel + wOffsets[i + 1]);
                FloatVector w2 = FloatVector.fromArray(SPECIES, w, channel + wOffsets[i + 2]);
                s0 = w0.fma(FloatVector.fromArray(SPECIES, x, at), s0);
                at += step;
                FloatVector x1 = FloatVector.fromArray(SPECIES, x, at);
                s0 = w1.fma(x1, s0);
                s1 = w0.fma(x1, s1);
                at += step;
                FloatVector x2 = FloatVector.fromArray(SPECIES, x, at);
                s0 = w2.fma(x2, s0);
                s1 = w1.fma(x2, s1);
                s2 = w0.fma(x2, s2);
                at += step;
                FloatVector x3 = FloatVector.fromArray(SPECIES, x, at);
                s1 = w2.fma(x3, s1);
                s2 = w1.fma(x3, s2);
                s3 = w0.fma(x3, s3);
                at += step;
                FloatVector x4 = FloatVector.fromArray(SPECIES, x, at);
                s2 = w2.fma(x4, s2);
                s3 = w1.fma(x4, s3);
                at += step;
                s3 = w2.fma(FloatVector.fromArray(SPECIES, x, at), s3);
            } else if (runs[i] == 2) {
                FloatVector w0 = FloatVector.fromArray(SPECIES, w, channel + wOffsets[i]);
                FloatVector w1 = FloatVector.fromArray(SPECIES, w, channel + wOffsets[i + 1]);
                s0 = w0.fma(FloatVector.fromArray(SPECIES, x, at), s0);
                at += step;
                FloatVector x1 = FloatVector.fromArray(SPECIES, x, at);
                s0 = w1.fma(x1, s0);
                s1 = w0.fma(x1, s1);
                at += step;
                FloatVector x2 = FloatVector.fromArray(SPECIES, x, at);
                s1 = w1.fma(x2, s1);
                s2 = w0.fma(x2, s2);
                at += step;
                FloatVector x3 = FloatVector.fromArray(SPECIES, x, at);
                s2 = w1.fma(x3, s2);
                s3 = w0.fma(x3, s3);
                at += step;
                s3 = w1.fma(FloatVector.fromArray(SPECIES, x, at), s3);
            } else {
                FloatVector w0 = FloatVector.fromArray(SPECIES, w, channel + wOffsets[i]);
                s0 = w0.fma(FloatVector.fromArray(SPECIES, x, at), s0);
                at += step;
                s1 = w0.fma(FloatVector.fromArray(SPECIES, x, at), s1);
                at += step;
                s2 = w0.fma(FloatVector.fromArray(SPECIES, x, at), s2);
                at += step;
                s3 = w0.fma(FloatVector.fromArray(SPECIES, x, at), s3);
            }
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
}
