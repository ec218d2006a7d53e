package dev.sectional.core.internal.kernel;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** {@link RatioKernels} over the vector module, but for {@link RatioKernels#ratioBySign}. */
final class SimdRatio {
    private static final VectorSpecies<Float> SPECIES = SimdSpecies.FLOAT;
    private static final int LANES = SPECIES.length();

    private SimdRatio() {
    }

    /** Computes the columns before {@code vectors}, a multiple of the lanes. */
    static void rows(float[] r, int rStart, float[] z, float[] bias, float scale, float epsilon, float[] s, int start,
                     int rows, int count, int vectors, double[] absorbed) {
        FloatVector zero = FloatVector.zero(SPECIES);
        FloatVector plus = FloatVector.broadcast(SPECIES, epsilon);
        FloatVector byBias = zero;
        FloatVector byStabiliser = zero;
        FloatVector dead = zero;
        for (int k = 0; k < rows; k++) {
            int row = start + k * count;
            for (int c = 0; c < vectors; c += LANES) {
                FloatVector value = FloatVector.fromArray(SPECIES, r, rStart + k * count + c);
                FloatVector sum = FloatVector.fromArray(SPECIES, z, row + c);
                FloatVector b = FloatVector.fromArray(SPECIES, bias == null ? SimdKernels.ZEROS : bias,
                        bias == null ? 0 : c);
                FloatVector d = sum.add(b);
                FloatVector e = plus.blend(plus.neg(), d.compare(VectorOperators.LT, zero));
                FloatVector divisor = d.add(e);
                FloatVector given = value.mul(scale);
                VectorMask<Float> alive = value.compare(VectorOperators.NE, zero);
                FloatVector ratio = zero.blend(given.div(divisor),
                        alive.and(divisor.compare(VectorOperators.NE, zero)));
                ratio.intoArray(s, row + c);
                VectorMask<Float> lost = ratio.compare(VectorOperators.EQ, zero)
                        .or(sum.compare(VectorOperators.EQ, zero).and(b.compare(VectorOperators.EQ, zero)));
                byBias = byBias.add(zero.blend(ratio.mul(b), lost.not()));
                byStabiliser = byStabiliser.add(zero.blend(ratio.mul(e), lost.not()));
                dead = dead.add(zero.blend(given, lost.and(alive)));
            }
        }
        absorbed[0] += SimdLoops.acrossLanes(byBias).lane(0);
        absorbed[1] += SimdLoops.acrossLanes(byStabiliser).lane(0);
        absorbed[2] += SimdLoops.acrossLanes(dead).lane(0);
    }

    /** Computes {@link Kernels#ratiosBySign} for a multiple of the lanes. */
    static float bySign(float[] r, int rStart, float[] z, int zStart, int negative, int count) {
        FloatVector zero = FloatVector.zero(SPECIES);
        FloatVector dead = zero;
        for (int i = 0; i < count; i += LANES) {
            FloatVector value = FloatVector.fromArray(SPECIES, r, rStart + i);
            VectorMask<Float> below = value.compare(VectorOperators.LT, zero);
            FloatVector divisor = FloatVector.fromArray(SPECIES, z, zStart + i)
                    .blend(FloatVector.fromArray(SPECIES, z, zStart + negative + i), below);
            FloatVector ratio = value.div(divisor).blend(zero, divisor.compare(VectorOperators.EQ, zero));
            ratio.blend(zero, value.compare(VectorOperators.LE, zero)).intoArray(z, zStart + i);
            zero.blend(ratio, below).intoArray(z, zStart + negative + i);
            dead = dead.add(zero.blend(value, ratio.compare(VectorOperators.EQ, zero)));
        }
        return SimdLoops.acrossLanes(dead).lane(0);
    }

    /** Computes {@link Kernels#anyWeak} for a multiple of the lanes. */
    static boolean anyWeak(float[] r, float[] z, int start, float least, float[] strength, int count) {
        FloatVector zero = FloatVector.zero(SPECIES);
        FloatVector one = FloatVector.broadcast(SPECIES, 1f);
        FloatVector found = zero;
        for (int i = 0; i < count; i += LANES) {
            FloatVector expected = FloatVector.fromArray(SPECIES, strength, i).mul(least);
            VectorMask<Float> strong = FloatVector.fromArray(SPECIES, z, start + i).abs()
                    .compare(VectorOperators.GE, expected).and(expected.compare(VectorOperators.GT, zero));
            VectorMask<Float> needed = FloatVector.fromArray(SPECIES, r, start + i).compare(VectorOperators.NE, zero);
            found = found.blend(one, needed.andNot(strong));
        }
        return SimdLoops.acrossLanes(found).lane(0) > 0;
    }
}
