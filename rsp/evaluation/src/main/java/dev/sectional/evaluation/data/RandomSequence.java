package dev.sectional.evaluation.data;

import dev.sectional.evaluation.internal.CounterRandom;

/** Draws one after the other: the same on every Java, which the JDK does not promise of its own generators. */
final class RandomSequence {
    private final CounterRandom draws;
    private long next;

    /** @param part sequences of one seed and different parts are independent */
    RandomSequence(long seed, long part) {
        draws = new CounterRandom(seed).part(part);
    }

    /** From {@code low}, inclusive, to {@code high}, exclusive. */
    double uniform(double low, double high) {
        return low + (high - low) * draws.uniform(next++);
    }

    /** From 0 to {@code bound - 1}. */
    int below(int bound) {
        return draws.below(next++, bound);
    }

    /** Normally distributed, by the polar form of Box and Muller. */
    double normal(double deviation) {
        double u;
        double square;
        do {
            u = uniform(-1, 1);
            double v = uniform(-1, 1);
            square = u * u + v * v;
        } while (square >= 1 || square == 0);
        return deviation * u * StrictMath.sqrt(-2 * StrictMath.log(square) / square);
    }
}
