package dev.sectional.core.internal.kernel;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * The part of the SIMD kernels for smooth activations and normalisation. Blocks that stay in the first-level cache go
 * through passes that do the operations of {@link ScalarFunctions} in the same order: exponents, their exponential
 * function, and a formula of that and the argument. Formulas in one pass would be shorter, but C2 stops inlining the
 * vector operations of a loop with an exponential function and much else, and boxes them (0.6 to 15 ns an element).
 * Functions that are rare inside a network have no passes.
 */
abstract class SimdFunctions extends SimdLoops {
    private static final VectorSpecies<Float> SPECIES = SimdSpecies.FLOAT;
    private static final int LANES = SPECIES.length();
    private static final int BLOCK = 1 << 10;
    private static final FloatVector ONE = FloatVector.broadcast(SPECIES, 1);
    private static final FloatVector TWO = FloatVector.broadcast(SPECIES, 2);
    private static final FloatVector GREATEST = FloatVector.broadcast(SPECIES, ScalarFunctions.GREATEST);
    private static final FloatVector LEAST = FloatVector.broadcast(SPECIES, ScalarFunctions.LEAST);
    private static final FloatVector HALF_LOG2_E = FloatVector.broadcast(SPECIES, ScalarFunctions.HALF_LOG2_E);
    private static final FloatVector ROUND = FloatVector.broadcast(SPECIES, ScalarFunctions.ROUND);
    private static final FloatVector LN4_HIGH = FloatVector.broadcast(SPECIES, ScalarFunctions.LN4_HIGH);
    private static final FloatVector LN4_LOW = FloatVector.broadcast(SPECIES, ScalarFunctions.LN4_LOW);
    private static final FloatVector E0 = FloatVector.broadcast(SPECIES, ScalarFunctions.E0);
    private static final FloatVector E1 = FloatVector.broadcast(SPECIES, ScalarFunctions.E1);
    private static final FloatVector E2 = FloatVector.broadcast(SPECIES, ScalarFunctions.E2);
    private static final FloatVector E3 = FloatVector.broadcast(SPECIES, ScalarFunctions.E3);
    private static final FloatVector E4 = FloatVector.broadcast(SPECIES, ScalarFunctions.E4);
    private static final FloatVector E5 = FloatVector.broadcast(SPECIES, ScalarFunctions.E5);
    private static final IntVector ROUND_BITS =
            IntVector.broadcast(SimdSpecies.INT, ScalarFunctions.ROUND_BITS);

    @Override
    public void apply(int function, float a, float b, float[] x, int xStart, float[] y, int yStart, int count) {
        int vectors = function == ERF ? 0 : count / LANES * LANES;
        for (int i = 0; i < vectors; i += BLOCK) {
            block(function, a, b, x, xStart + i, y, yStart + i, Math.min(BLOCK, vectors - i));
        }
        super.apply(function, a, b, x, xStart + vectors, y, yStart + vectors, count - vectors);
    }

    private void block(int function, float a, float b, float[] x, int xStart, float[] y, int yStart, int count) {
        exponential(function, a, x, xStart, y, yStart, count);
        switch (function) {
            case EXP -> { }
            case SIGMOID -> sigmoid(1, x, xStart, y, yStart, count);
            case SILU, GELU_TANH -> {
                sigmoid(function == SILU ? a : 1, x, xStart, y, yStart, count);
                multiply(x, xStart, y, yStart, count);
            }
            case TANH -> tanh(x, xStart, y, yStart, count);
            case SOFTPLUS -> softplus(x, xStart, y, yStart, count);
            case MISH -> mish(x, xStart, y, yStart, count);
            case GELU -> gelu(x, xStart, y, yStart, count);
            case HARD_SIGMOID -> hardSigmoid(a, b, x, xStart, y, yStart, count);
            default -> hardSwish(x, xStart, y, yStart, count);
        }
    }

    /** Computes the exponential function that the function needs, if any. */
    private static void exponential(int function, float a, float[] x, int xStart, float[] y, int yStart, int count) {
        switch (function) {
            case HARD_SIGMOID, HARD_SWISH -> {
                return;
            }
            case EXP -> limited(x, xStart, y, yStart, count);
            case GELU -> square(-0.5f, x, xStart, y, yStart, count);
            case ERF -> square(-1, x, xStart, y, yStart, count);
            case GELU_TANH -> geluTanhExponents(x, xStart, y, yStart, count);
            case TANH -> negatedSize(2, x, xStart, y, yStart, count);
            case SILU -> negatedSize(a, x, xStart, y, yStart, count);
            default -> negatedSize(1, x, xStart, y, yStart, count);
        }
        exp(y, yStart, count);
    }

    @Override
    public void differentiate(int function, float a, float b, float[] x, int xStart, float[] y, int yStart,
                              int count) {
        boolean scalar = function == MISH || function == HARD_SIGMOID || function == HARD_SWISH;
        int vectors = scalar ? 0 : count / LANES * LANES;
        for (int i = 0; i < vectors; i += BLOCK) {
            slopes(function, a, b, x, xStart + i, y, yStart + i, Math.min(BLOCK, vectors - i));
        }
        super.differentiate(function, a, b, x, xStart + vectors, y, yStart + vectors, count - vectors);
    }

    private void slopes(int function, float a, float b, float[] x, int xStart, float[] y, int yStart,
                        int count) {
        exponential(function, a, x, xStart, y, yStart, count);
        switch (function) {
            case EXP -> { }
            case SIGMOID -> logisticSlope(1, y, yStart, y, yStart, count);
            case SILU -> siluSlope(a, x, xStart, y, yStart, count);
            case GELU_TANH -> geluTanhSlope(x, xStart, y, yStart, count);
            case TANH -> logisticSlope(4, y, yStart, y, yStart, count);
            case SOFTPLUS -> sigmoid(1, x, xStart, y, yStart, count);
            case GELU -> geluSlope(x, xStart, y, yStart, count);
            default -> subtractAndScale(y, yStart, 0, 0, ScalarFunctions.R0, y, yStart, count);
        }
    }

    @Override
    public void subtractAndScale(float[] x, int xStart, float high, float low, float scale, float[] y, int yStart,
                                 int count) {
        int i = 0;
        for (; i <= count - LANES; i += LANES) {
            FloatVector.fromArray(SPECIES, x, xStart + i).sub(high).sub(low).mul(scale).intoArray(y, yStart + i);
        }
        super.subtractAndScale(x, xStart + i, high, low, scale, y, yStart + i, count - i);
    }

    @Override
    public void addMoments(float[] x, int from, int to, float centre, double[] sums) {
        ScalarFunctions.addMoments(x, from, to, centre, sums, true);
    }

    /** Copies exponents, limited to those that matter. */
    private static void limited(float[] x, int xStart, float[] y, int yStart, int count) {
        for (int i = 0; i < count; i += LANES) {
            FloatVector v = FloatVector.fromArray(SPECIES, x, xStart + i);
            atLeast(v.blend(GREATEST, v.compare(VectorOperators.GT, GREATEST))).intoArray(y, yStart + i);
        }
    }

    private static FloatVector atLeast(FloatVector exponent) {
        return exponent.blend(LEAST, exponent.compare(VectorOperators.LT, LEAST));
    }

    private static void square(float factor, float[] x, int xStart, float[] y, int yStart, int count) {
        for (int i = 0; i < count; i += LANES) {
            FloatVector v = FloatVector.fromArray(SPECIES, x, xStart + i);
            atLeast(v.mul(v).mul(factor)).intoArray(y, yStart + i);
        }
    }

    private static void geluTanhExponents(float[] x, int xStart, float[] y, int yStart, int count) {
        for (int i = 0; i < count; i += LANES) {
            FloatVector v = FloatVector.fromArray(SPECIES, x, xStart + i);
            atLeast(v.mul(v).mul(ScalarFunctions.GELU_CUBE).add(ONE).mul(v).mul(ScalarFunctions.GELU_FACTOR).abs()
                    .neg()).intoArray(y, yStart + i);
        }
    }

    private static void negatedSize(float factor, float[] x, int xStart, float[] y, int yStart, int count) {
        for (int i = 0; i < count; i += LANES) {
            atLeast(FloatVector.fromArray(SPECIES, x, xStart + i).mul(factor).abs().neg()).intoArray(y, yStart + i);
        }
    }

    /** Replaces exponents by their exponential function. */
    private static void exp(float[] y, int yStart, int count) {
        for (int i = 0; i < count; i += LANES) {
            FloatVector x = FloatVector.fromArray(SPECIES, y, yStart + i);
            FloatVector shifted = x.mul(HALF_LOG2_E).add(ROUND);
            FloatVector n = shifted.sub(ROUND);
            FloatVector r = x.sub(n.mul(LN4_HIGH)).sub(n.mul(LN4_LOW));
            FloatVector p = r.mul(E5).add(E4).mul(r).add(E3).mul(r).add(E2).mul(r).add(E1).mul(r).add(E0);
            FloatVector power = shifted.reinterpretAsInts().sub(ROUND_BITS)
                    .lanewise(VectorOperators.LSHL, ScalarFunctions.EXPONENT_SHIFT).reinterpretAsFloats();
            p.mul(r.mul(r)).add(r).add(ONE).mul(power).mul(power).intoArray(y, yStart + i);
        }
    }

    private static void sigmoid(float a, float[] x, int xStart, float[] y, int yStart, int count) {
        for (int i = 0; i < count; i += LANES) {
            FloatVector v = FloatVector.fromArray(SPECIES, x, xStart + i);
            FloatVector e = FloatVector.fromArray(SPECIES, y, yStart + i);
            e.blend(1, v.mul(a).compare(VectorOperators.GE, 0)).div(e.add(1)).intoArray(y, yStart + i);
        }
    }

    private static void tanh(float[] x, int xStart, float[] y, int yStart, int count) {
        for (int i = 0; i < count; i += LANES) {
            FloatVector v = FloatVector.fromArray(SPECIES, x, xStart + i);
            FloatVector e = FloatVector.fromArray(SPECIES, y, yStart + i);
            FloatVector z = v.mul(v);
            FloatVector small = z.mul(ScalarFunctions.T4).add(ScalarFunctions.T3).mul(z).add(ScalarFunctions.T2)
                    .mul(z).add(ScalarFunctions.T1).mul(z).add(ScalarFunctions.T0).mul(z).mul(v).add(v);
            FloatVector large = ONE.sub(e).div(e.add(1));
            signed(large, v).blend(small, v.abs().compare(VectorOperators.LT, ScalarFunctions.TANH_SPLIT))
                    .intoArray(y, yStart + i);
        }
    }

    private static void softplus(float[] x, int xStart, float[] y, int yStart, int count) {
        for (int i = 0; i < count; i += LANES) {
            FloatVector v = FloatVector.fromArray(SPECIES, x, xStart + i);
            FloatVector e = FloatVector.fromArray(SPECIES, y, yStart + i);
            FloatVector s = e.div(e.add(2));
            FloatVector z = s.mul(s);
            FloatVector p = z.mul(ScalarFunctions.L3).add(ScalarFunctions.L2).mul(z).add(ScalarFunctions.L1).mul(z)
                    .add(ScalarFunctions.L0);
            p.mul(z).mul(s).add(s.add(s)).add(v.blend(0, v.compare(VectorOperators.LT, 0))).intoArray(y, yStart + i);
        }
    }

    private static void mish(float[] x, int xStart, float[] y, int yStart, int count) {
        for (int i = 0; i < count; i += LANES) {
            FloatVector v = FloatVector.fromArray(SPECIES, x, xStart + i);
            FloatVector e = FloatVector.fromArray(SPECIES, y, yStart + i);
            VectorMask<Float> positive = v.compare(VectorOperators.GE, 0);
            FloatVector n = e.add(2).mul(e).blend(e.add(e).add(1), positive);
            FloatVector d = TWO.blend(e.add(e).mul(e), positive);
            v.mul(n.div(n.add(d))).intoArray(y, yStart + i);
        }
    }

    private static void gelu(float[] x, int xStart, float[] y, int yStart, int count) {
        for (int i = 0; i < count; i += LANES) {
            FloatVector v = FloatVector.fromArray(SPECIES, x, xStart + i);
            FloatVector e = FloatVector.fromArray(SPECIES, y, yStart + i);
            FloatVector q = e.mul(tail(ONE.div(v.abs().mul(ScalarFunctions.Q_STEP).add(1))));
            v.mul(q.blend(ONE.sub(q), v.compare(VectorOperators.GE, 0))).intoArray(y, yStart + i);
        }
    }

    private static void hardSigmoid(float a, float b, float[] x, int xStart, float[] y, int yStart, int count) {
        for (int i = 0; i < count; i += LANES) {
            FloatVector v = FloatVector.fromArray(SPECIES, x, xStart + i);
            clamp(v.mul(a).add(b), 1).intoArray(y, yStart + i);
        }
    }

    private static void hardSwish(float[] x, int xStart, float[] y, int yStart, int count) {
        for (int i = 0; i < count; i += LANES) {
            FloatVector v = FloatVector.fromArray(SPECIES, x, xStart + i);
            v.mul(clamp(v.add(3), 6).mul(ScalarFunctions.ONE_SIXTH)).intoArray(y, yStart + i);
        }
    }

    private static void logisticSlope(float factor, float[] x, int xStart, float[] y, int yStart, int count) {
        for (int i = 0; i < count; i += LANES) {
            FloatVector v = FloatVector.fromArray(SPECIES, x, xStart + i);
            FloatVector sum = v.add(1);
            v.div(sum.mul(sum)).mul(factor).intoArray(y, yStart + i);
        }
    }

    private static void siluSlope(float a, float[] x, int xStart, float[] y, int yStart, int count) {
        for (int i = 0; i < count; i += LANES) {
            FloatVector v = FloatVector.fromArray(SPECIES, x, xStart + i);
            FloatVector e = FloatVector.fromArray(SPECIES, y, yStart + i);
            FloatVector u = v.mul(a);
            siluSlope(u, u, e).intoArray(y, yStart + i);
        }
    }

    private static void geluTanhSlope(float[] x, int xStart, float[] y, int yStart, int count) {
        for (int i = 0; i < count; i += LANES) {
            FloatVector v = FloatVector.fromArray(SPECIES, x, xStart + i);
            FloatVector e = FloatVector.fromArray(SPECIES, y, yStart + i);
            FloatVector along = v.mul(ScalarFunctions.GELU_FACTOR).mul(v.mul(v)
                    .mul(ScalarFunctions.GELU_CUBE_SLOPE).add(1));
            siluSlope(v, along, e).intoArray(y, yStart + i);
        }
    }

    private static void geluSlope(float[] x, int xStart, float[] y, int yStart, int count) {
        for (int i = 0; i < count; i += LANES) {
            FloatVector v = FloatVector.fromArray(SPECIES, x, xStart + i);
            FloatVector e = FloatVector.fromArray(SPECIES, y, yStart + i);
            FloatVector q = e.mul(tail(ONE.div(v.abs().mul(ScalarFunctions.Q_STEP).add(1))));
            e.mul(ScalarFunctions.ONE_BY_SQRT_2_PI).mul(v).add(q.blend(ONE.sub(q), v.compare(VectorOperators.GE, 0)))
                    .intoArray(y, yStart + i);
        }
    }

    /** Returns {@code -size} where x is negative, and the size elsewhere. */
    private static FloatVector signed(FloatVector size, FloatVector x) {
        return size.blend(size.neg(), x.compare(VectorOperators.LT, 0));
    }

    private static FloatVector tail(FloatVector u) {
        return u.mul(ScalarFunctions.Q8).add(ScalarFunctions.Q7).mul(u).add(ScalarFunctions.Q6).mul(u)
                .add(ScalarFunctions.Q5).mul(u).add(ScalarFunctions.Q4).mul(u).add(ScalarFunctions.Q3).mul(u)
                .add(ScalarFunctions.Q2).mul(u).add(ScalarFunctions.Q1).mul(u).add(ScalarFunctions.Q0);
    }

    private static FloatVector siluSlope(FloatVector u, FloatVector along, FloatVector e) {
        VectorMask<Float> positive = u.compare(VectorOperators.GE, 0);
        FloatVector inverse = ONE.div(e.add(1));
        FloatVector other = ONE.blend(e, positive);
        return e.blend(1, positive).mul(inverse).mul(other.mul(inverse).mul(along).add(1));
    }

    private static FloatVector clamp(FloatVector x, float greatest) {
        FloatVector v = x.blend(0, x.compare(VectorOperators.LE, 0));
        return v.blend(greatest, v.compare(VectorOperators.GT, greatest));
    }

    /**
     * Adds the moments of one block to the partial sums, a vector of them at a time.
     *
     * @param to such that the elements are a multiple of the partial sums
     */
    static void addMoments(float[] x, int from, int to, float centre, float[] parts) {
        for (int part = 0; part < ScalarFunctions.PARTS; part += LANES) {
            FloatVector sum = FloatVector.zero(SPECIES);
            FloatVector squares = sum;
            for (int i = from + part; i < to; i += ScalarFunctions.PARTS) {
                FloatVector d = FloatVector.fromArray(SPECIES, x, i).sub(centre);
                sum = sum.add(d);
                squares = squares.add(d.mul(d));
            }
            sum.intoArray(parts, part);
            squares.intoArray(parts, ScalarFunctions.PARTS + part);
        }
    }
}
