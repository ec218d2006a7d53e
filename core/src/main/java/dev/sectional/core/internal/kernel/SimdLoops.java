package dev.sectional.core.internal.kernel;

import java.nio.ByteBuffer;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * Element-wise loops, reductions and dot products over the vector module. The loops that {@link Kernels} keeps are
 * vectorised by the JIT compiler itself. It does not vectorise loops that read and write two arrays at different
 * offsets, because both could be the same array.
 *
 * <p>The rest of each array that fills no vector goes through the scalar loop, with the same bits.
 */
abstract class SimdLoops implements Kernels {
    private static final VectorSpecies<Float> SPECIES = SimdSpecies.FLOAT;
    private static final VectorSpecies<Integer> INTS = SimdSpecies.INT;
    private static final int LANES = SPECIES.length();
    /** Elements that {@link #addSums} adds in float32: 16 in each lane of two vectors. */
    private static final int SUM_BLOCK = 32 * LANES;
    /** Shuffles that move lane {@code i ^ 8} to lane i, then {@code i ^ 4}, and so on. */
    private static final VectorShuffle<Float> ACROSS_8 = across(8);
    private static final VectorShuffle<Float> ACROSS_4 = across(4);
    private static final VectorShuffle<Float> ACROSS_2 = across(2);
    private static final VectorShuffle<Float> ACROSS_1 = across(1);

    private static VectorShuffle<Float> across(int distance) {
        return VectorShuffle.fromOp(SPECIES, i -> (i ^ distance) % LANES);
    }

    @Override
    public void ratioBySign(float[] r, int rStart, float[] zPositive, int positiveStart, float[] zNegative,
                            int negativeStart, float floor, float[] s, int sStart, int count) {
        int i = 0;
        FloatVector zero = FloatVector.zero(SPECIES);
        for (; i <= count - LANES; i += LANES) {
            FloatVector value = FloatVector.fromArray(SPECIES, r, rStart + i);
            FloatVector z = FloatVector.fromArray(SPECIES, zNegative, negativeStart + i)
                    .blend(FloatVector.fromArray(SPECIES, zPositive, positiveStart + i),
                            value.compare(VectorOperators.GT, zero));
            FloatVector least = value.abs().mul(floor);
            z = least.blend(z, z.compare(VectorOperators.GT, least));
            FloatVector ratio = zero.blend(value.div(z), z.compare(VectorOperators.GT, zero));
            zero.blend(ratio, value.compare(VectorOperators.NE, zero)).intoArray(s, sStart + i);
        }
        Kernels.super.ratioBySign(r, rStart + i, zPositive, positiveStart + i, zNegative, negativeStart + i, floor, s,
                sStart + i, count - i);
    }

    @Override
    public void clampBackward(float least, float greatest, float[] x, int xStart, float[] y, int yStart, int count) {
        FloatVector zero = FloatVector.zero(SPECIES);
        int i = 0;
        for (; i <= count - LANES; i += LANES) {
            FloatVector v = FloatVector.fromArray(SPECIES, x, xStart + i);
            zero.blend(FloatVector.fromArray(SPECIES, y, yStart + i), v.compare(VectorOperators.GT, least))
                    .blend(zero, v.compare(VectorOperators.GE, greatest)).intoArray(y, yStart + i);
        }
        Kernels.super.clampBackward(least, greatest, x, xStart + i, y, yStart + i, count - i);
    }

    @Override
    public void stabilisedRatio(float[] r, int rStart, float[] z, float[] bias, float scale, float epsilon, float[] s,
                                int start, int rows, int count, double[] absorbed) {
        int vectors = count / LANES * LANES;
        SimdRatio.rows(r, rStart, z, bias, scale, epsilon, s, start, rows, count, vectors, absorbed);
        ScalarRatio.rows(r, rStart, z, bias, scale, epsilon, s, start, rows, count, vectors, absorbed);
    }

    @Override
    public float maxAbs(float[] x, int from, int to) {
        IntVector max = IntVector.zero(INTS);   // as ints, the bits of |x| have the order of |x|, with NaN on top
        int i = from;
        for (; i <= to - LANES; i += LANES) {
            max = max.max(FloatVector.fromArray(SPECIES, x, i).abs().reinterpretAsInts());
        }
        float rest = Kernels.super.maxAbs(x, i, to);
        return Math.max(rest, Float.intBitsToFloat(max.reduceLanes(VectorOperators.MAX)));
    }

    @Override
    public boolean anyNegative(float[] x, int from, int to) {
        FloatVector zero = FloatVector.zero(SPECIES);
        FloatVector sum = zero;   // of the negative elements alone, or infinities of both signs would give NaN
        int i = from;
        for (; i <= to - LANES; i += LANES) {
            FloatVector value = FloatVector.fromArray(SPECIES, x, i);
            sum = sum.add(zero.blend(value, value.compare(VectorOperators.LT, zero)));
        }
        return sum.reduceLanes(VectorOperators.MIN) < 0 || Kernels.super.anyNegative(x, i, to);
    }

    @Override
    public int countNonzeros(float[] x, int from, int to) {
        FloatVector zero = FloatVector.zero(SPECIES);
        FloatVector one = FloatVector.broadcast(SPECIES, 1f);
        FloatVector counts = zero;   // whole numbers, so that their sum is exact in any order
        int i = from;
        for (; i <= to - LANES; i += LANES) {
            counts = counts.add(zero.blend(one, FloatVector.fromArray(SPECIES, x, i)
                    .compare(VectorOperators.NE, zero)));
        }
        return (int) counts.reduceLanes(VectorOperators.ADD) + Kernels.super.countNonzeros(x, i, to);
    }

    @Override
    public int multiplyAndCountNonzeros(float[] x, float[] y, int from, int to) {
        FloatVector zero = FloatVector.zero(SPECIES);
        FloatVector one = FloatVector.broadcast(SPECIES, 1f);
        FloatVector counts = zero;
        int i = from;
        for (; i <= to - LANES; i += LANES) {
            FloatVector product = FloatVector.fromArray(SPECIES, y, i).mul(FloatVector.fromArray(SPECIES, x, i));
            product.intoArray(y, i);
            counts = counts.add(zero.blend(one, product.compare(VectorOperators.NE, zero)));
        }
        return (int) counts.reduceLanes(VectorOperators.ADD) + Kernels.super.multiplyAndCountNonzeros(x, y, i, to);
    }

    @Override
    public void affineNonzeros(float scale, float shift, float[] y, int from, int to) {
        FloatVector zero = FloatVector.zero(SPECIES);
        int i = from;
        for (; i <= to - LANES; i += LANES) {
            FloatVector value = FloatVector.fromArray(SPECIES, y, i);
            zero.blend(value.mul(scale).sub(shift), value.compare(VectorOperators.NE, zero)).intoArray(y, i);
        }
        Kernels.super.affineNonzeros(scale, shift, y, i, to);
    }

    @Override
    public void combineWithAbs(float own, float absolute, float[] x, int xStart, float[] y, int yStart, int count) {
        int i = 0;
        for (; i <= count - LANES; i += LANES) {
            FloatVector value = FloatVector.fromArray(SPECIES, x, xStart + i);
            value.mul(own).add(value.abs().mul(absolute)).intoArray(y, yStart + i);
        }
        Kernels.super.combineWithAbs(own, absolute, x, xStart + i, y, yStart + i, count - i);
    }

    @Override
    public void add(float[] x, int xStart, float[] y, int yStart, int count) {
        int i = 0;
        for (; i <= count - LANES; i += LANES) {
            FloatVector own = FloatVector.fromArray(SPECIES, y, yStart + i);
            own.add(FloatVector.fromArray(SPECIES, x, xStart + i)).intoArray(y, yStart + i);
        }
        Kernels.super.add(x, xStart + i, y, yStart + i, count - i);
    }

    @Override
    public void multiply(float[] x, int xStart, float[] y, int yStart, int count) {
        int i = 0;
        for (; i <= count - LANES; i += LANES) {
            FloatVector own = FloatVector.fromArray(SPECIES, y, yStart + i);
            own.mul(FloatVector.fromArray(SPECIES, x, xStart + i)).intoArray(y, yStart + i);
        }
        Kernels.super.multiply(x, xStart + i, y, yStart + i, count - i);
    }

    @Override
    public void addScaled(float scale, float[] x, int xStart, float[] y, int yStart, int count) {
        int i = 0;
        FloatVector factor = FloatVector.broadcast(SPECIES, scale);
        for (; i <= count - LANES; i += LANES) {
            FloatVector own = FloatVector.fromArray(SPECIES, y, yStart + i);
            FloatVector.fromArray(SPECIES, x, xStart + i).fma(factor, own).intoArray(y, yStart + i);
        }
        for (; i < count; i++) {   // rounds once, as above: the bits do not depend on the offset
            y[yStart + i] = Math.fma(x[xStart + i], scale, y[yStart + i]);
        }
    }

    @Override
    public int partialSumCount() {
        return LANES;
    }

    @Override
    public void accumulateDot(float[] a, int start, float[] x, int xStart, int count, float[] sums, int sumStart) {
        FloatVector sum = FloatVector.fromArray(SPECIES, sums, sumStart);
        int i = 0;
        for (; i <= count - LANES; i += LANES) {
            sum = fma(a, start + i, x, xStart + i, sum);
        }
        sum.intoArray(sums, sumStart);
        for (; i < count; i++) {
            sums[sumStart] += a[start + i] * x[xStart + i];
        }
    }

    @Override
    public boolean readsBuffers() {
        return SimdBufferRows.available();
    }

    @Override
    public BufferRows bufferRows(ByteBuffer values) {
        return new SimdBufferRows(values);
    }

    @Override
    public float dot(float[] a, int aStart, float[] b, int bStart, int count) {
        FloatVector s0 = FloatVector.zero(SPECIES);
        FloatVector s1 = FloatVector.zero(SPECIES);
        FloatVector s2 = FloatVector.zero(SPECIES);
        FloatVector s3 = FloatVector.zero(SPECIES);
        int i = 0;
        for (; i <= count - 4 * LANES; i += 4 * LANES) {
            s0 = fma(a, aStart + i, b, bStart + i, s0);
            s1 = fma(a, aStart + i + LANES, b, bStart + i + LANES, s1);
            s2 = fma(a, aStart + i + 2 * LANES, b, bStart + i + 2 * LANES, s2);
            s3 = fma(a, aStart + i + 3 * LANES, b, bStart + i + 3 * LANES, s3);
        }
        for (; i <= count - LANES; i += LANES) {
            s0 = fma(a, aStart + i, b, bStart + i, s0);
        }
        FloatVector sums = acrossLanes(s0.add(s1).add(s2.add(s3)));
        float sum = sums.lane(0);
        for (; i < count; i++) {
            sum += a[aStart + i] * b[bStart + i];
        }
        return sum;
    }

    /**
     * Returns a vector whose lanes all contain the sum of the lanes. {@code reduceLanes} may add in another order
     * in compiled code, and would change the bits.
     */
    static FloatVector acrossLanes(FloatVector sums) {
        if (LANES >= 16) {
            sums = sums.add(sums.rearrange(ACROSS_8));
        }
        if (LANES >= 8) {
            sums = sums.add(sums.rearrange(ACROSS_4));
        }
        sums = sums.add(sums.rearrange(ACROSS_2));
        return sums.add(sums.rearrange(ACROSS_1));
    }

    @Override
    public void addSums(float[] x, int from, int to, double[] sums) {
        int i = from;
        for (; i <= to - SUM_BLOCK; i += SUM_BLOCK) {
            FloatVector sum = FloatVector.zero(SPECIES);
            FloatVector other = sum;
            FloatVector absolutes = sum;
            FloatVector others = sum;
            for (int j = i; j < i + SUM_BLOCK; j += 2 * LANES) {
                FloatVector first = FloatVector.fromArray(SPECIES, x, j);
                FloatVector second = FloatVector.fromArray(SPECIES, x, j + LANES);
                sum = sum.add(first);
                other = other.add(second);
                absolutes = absolutes.add(first.abs());
                others = others.add(second.abs());
            }
            float size = acrossLanes(absolutes.add(others)).lane(0);
            if (size < Float.POSITIVE_INFINITY) {
                sums[0] += acrossLanes(sum.add(other)).lane(0);
                sums[1] += size;
            } else {
                Kernels.super.addSums(x, i, i + SUM_BLOCK, sums);
            }
        }
        Kernels.super.addSums(x, i, to, sums);
    }

    @Override
    public void sumLanes(float[] x, int start, float[] sums, int count) {
        for (int i = 0, from = start; i < count; i++, from += LANES) {
            sums[i] = acrossLanes(FloatVector.fromArray(SPECIES, x, from)).lane(0);
        }
    }

    @Override
    public void addBiasAndClamp(float[] bias, int biasStart, float least, float greatest, float[] y, int yStart,
                                int yStep, int rows, int count) {
        int vectors = count / LANES * LANES;
        for (int r = 0, start = yStart; r < rows; r++, start += yStep) {
            if (bias == null) {
                clamp(least, greatest, y, start, vectors);
            } else if (least == Float.NEGATIVE_INFINITY && greatest == Float.POSITIVE_INFINITY) {
                add(bias, biasStart, y, start, vectors);
            } else {
                addBiasAndClamp(bias, biasStart, least, greatest, y, start, vectors);
            }
        }
        Kernels.super.addBiasAndClamp(bias, biasStart + vectors, least, greatest, y, yStart + vectors, yStep, rows,
                count - vectors);
    }

    private static void addBiasAndClamp(float[] bias, int biasStart, float least, float greatest, float[] y, int yStart,
                                        int count) {
        FloatVector low = FloatVector.broadcast(SPECIES, least);
        FloatVector high = FloatVector.broadcast(SPECIES, greatest);
        for (int i = 0; i < count; i += LANES) {
            FloatVector v = FloatVector.fromArray(SPECIES, y, yStart + i)
                    .add(FloatVector.fromArray(SPECIES, bias, biasStart + i));
            v = v.blend(low, v.compare(VectorOperators.LE, low));
            v.blend(high, v.compare(VectorOperators.GT, high)).intoArray(y, yStart + i);
        }
    }

    private static void clamp(float least, float greatest, float[] y, int yStart, int count) {
        FloatVector low = FloatVector.broadcast(SPECIES, least);
        FloatVector high = FloatVector.broadcast(SPECIES, greatest);
        for (int i = 0; i < count; i += LANES) {
            FloatVector v = FloatVector.fromArray(SPECIES, y, yStart + i);
            v = v.blend(low, v.compare(VectorOperators.LE, low));
            v.blend(high, v.compare(VectorOperators.GT, high)).intoArray(y, yStart + i);
        }
    }

    @Override
    public void depthwise(float[] x, int xStart, int xStep, float[] w, DepthwiseOffsets offsets, float[] bias,
                          float least, float greatest, float[] y, int yStart, int yStep, int positions, int count) {
        if (count < LANES) {
            Kernels.super.depthwise(x, xStart, xStep, w, offsets, bias, least, greatest, y, yStart, yStep, positions,
                    count);
        } else {
            SimdDepthwise.rows(x, xStart, xStep, w, offsets, bias, least, greatest, y, yStart, yStep, positions, count);
        }
    }

    @Override
    public void maxOfWindow(float[] x, int xStart, int[] offsets, float[] y, int yStart, int count) {
        int c = 0;
        for (; c <= count - 2 * LANES; c += 2 * LANES) {
            FloatVector left = FloatVector.broadcast(SPECIES, Float.NEGATIVE_INFINITY);
            FloatVector right = left;
            for (int offset : offsets) {
                left = left.max(FloatVector.fromArray(SPECIES, x, xStart + offset + c));
                right = right.max(FloatVector.fromArray(SPECIES, x, xStart + offset + c + LANES));
            }
            left.intoArray(y, yStart + c);
            right.intoArray(y, yStart + c + LANES);
        }
        for (; c <= count - LANES; c += LANES) {
            FloatVector greatest = FloatVector.broadcast(SPECIES, Float.NEGATIVE_INFINITY);
            for (int offset : offsets) {
                greatest = greatest.max(FloatVector.fromArray(SPECIES, x, xStart + offset + c));
            }
            greatest.intoArray(y, yStart + c);
        }
        Kernels.super.maxOfWindow(x, xStart + c, offsets, y, yStart + c, count - c);
    }

    @Override
    public void routeToFirstMax(float[] x, int start, int[] offsets, float[] values, int valueStart, float[] y,
                                int count) {
        FloatVector zero = FloatVector.zero(SPECIES);
        int c = 0;
        for (; c <= count - LANES; c += LANES) {
            FloatVector greatest = FloatVector.broadcast(SPECIES, Float.NEGATIVE_INFINITY);
            for (int offset : offsets) {
                greatest = greatest.max(FloatVector.fromArray(SPECIES, x, start + offset + c));
            }
            FloatVector rest = FloatVector.fromArray(SPECIES, values, valueStart + c);
            for (int offset : offsets) {
                int at = start + offset + c;
                var winner = FloatVector.fromArray(SPECIES, x, at).compare(VectorOperators.EQ, greatest);
                FloatVector.fromArray(SPECIES, y, at).add(zero.blend(rest, winner)).intoArray(y, at);
                rest = rest.blend(zero, winner);
            }
        }
        Kernels.super.routeToFirstMax(x, start + c, offsets, values, valueStart + c, y, count - c);
    }

    @Override
    public void depthwiseFilterGradient(float[] x, int xStart, int xStep, int xColumn, float[] g, int gStart,
                                        int gStep, int positions, int columns, float[] sums, int sumStart,
                                        int sumStep, int count) {
        int done = SimdDepthwise.filterGradient(x, xStart, xStep, xColumn, g, gStart, gStep, positions, columns, sums,
                sumStart, sumStep, count);
        Kernels.super.depthwiseFilterGradient(x, xStart + done, xStep, xColumn, g, gStart + done, gStep, positions,
                columns, sums, sumStart + done, sumStep, count - done);
    }

    private static FloatVector fma(float[] a, int aStart, float[] b, int bStart, FloatVector sum) {
        return FloatVector.fromArray(SPECIES, a, aStart).fma(FloatVector.fromArray(SPECIES, b, bStart), sum);
    }
}
