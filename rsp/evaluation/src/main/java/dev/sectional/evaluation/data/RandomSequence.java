package dev.sectional.evaluation.data;

import dev.sectional.evaluation.internal.CounterRandom;

/** A sequence of random numbers that is the same on every Java runtime; the JDK's generators do not promise that. */
final class RandomSequence {
    private final CounterRandom draws;
    private long next;

    /** @param part number of the sequence; sequences of one seed are independent */
    RandomSequence(long seed, long part) {
        draws = new CounterRandom(seed).part(part);
    }

    /** Returns the next number from {@code low}, inclusive, to {@code high}, exclusive. */
    double uniform(double low, double high) {
        return low + (high - low) * draws.uniform(next++);
    }

    /** Returns the next integer from 0 to {@code bound - 1}. */
    int below(int bound) {
        return draws.below(next++, bound);
    }

    /** Returns the next normally distributed number, by the polar form of the Box-Muller transform. */
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
