package dev.sectional.benchmarks;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** The most that one core can do: fused multiply-adds on registers, ten chains of them so that none waits. */
final class Peak {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final int CHAINS = 10;
    private static final int STEPS = 50_000;
    /** Millions of floating-point operations in one call. */
    static final double MFLOP = 2e-6 * CHAINS * STEPS * SPECIES.length();

    private Peak() {
    }

    /**
     * One call's worth.
     *
     * @param factor near 1, so that nothing overflows or gets too small; not a constant to the compiler
     */
    static float multiplyAdd(float factor) {
        FloatVector f = FloatVector.broadcast(SPECIES, factor);
        FloatVector a = f;
        FloatVector b = f.add(1);
        FloatVector c = f.add(2);
        FloatVector d = f.add(3);
        FloatVector e = f.add(4);
        FloatVector g = f.add(5);
        FloatVector h = f.add(6);
        FloatVector i = f.add(7);
        FloatVector j = f.add(8);
        FloatVector k = f.add(9);
        for (int step = 0; step < STEPS; step++) {
            a = a.fma(f, f);
            b = b.fma(f, f);
            c = c.fma(f, f);
            d = d.fma(f, f);
            e = e.fma(f, f);
            g = g.fma(f, f);
            h = h.fma(f, f);
            i = i.fma(f, f);
            j = j.fma(f, f);
            k = k.fma(f, f);
        }
        return a.add(b).add(c).add(d).add(e).add(g).add(h).add(i).add(j).add(k).lane(0);
    }

    /** The sum of a piece of an array, read four vectors at a time. */
    static float sum(float[] values, int from, int to) {
        int width = SPECIES.length();
        FloatVector a = FloatVector.zero(SPECIES);
        FloatVector b = a;
        FloatVector c = a;
        FloatVector d = a;
        int i = from;
        for (; i <= to - 4 * width; i += 4 * width) {
            a = a.add(FloatVector.fromArray(SPECIES, values, i));
            b = b.add(FloatVector.fromArray(SPECIES, values, i + width));
            c = c.add(FloatVector.fromArray(SPECIES, values, i + 2 * width));
            d = d.add(FloatVector.fromArray(SPECIES, values, i + 3 * width));
        }
        float sum = a.add(b).add(c.add(d)).reduceLanes(VectorOperators.ADD);
        for (; i < to; i++) {
            sum += values[i];
        }
        return sum;
    }
}
