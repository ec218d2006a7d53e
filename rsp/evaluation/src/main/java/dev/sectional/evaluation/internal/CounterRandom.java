package dev.sectional.evaluation.internal;

import java.nio.charset.StandardCharsets;

/**
 * A counter-based random number generator: each number is a pure function of a seed and an index, so that the order of
 * evaluation, the Java version and the number of machines do not matter. Number i is the i-th of SplitMix64 (Steele,
 * Lea, Flood: Fast Splittable Pseudorandom Number Generators, OOPSLA 2014).
 */
public record CounterRandom(long seed) {
    private static final long STEP = 0x9E3779B97F4A7C15L;

    /** Returns 64 random bits. */
    public long bits(long index) {
        return mix(seed + (index + 1) * STEP);
    }

    /** Returns a number from 0, inclusive, to 1, exclusive. */
    public double uniform(long index) {
        return (bits(index) >>> 11) * 0x1p-53;
    }

    /** Returns an integer from 0 to {@code bound - 1}. */
    public int below(long index, int bound) {
        return (int) (uniform(index) * bound);
    }

    /** Returns an independent generator for part {@code index} of the work. */
    public CounterRandom part(long index) {
        return new CounterRandom(mix(bits(index)));
    }

    /** Returns an independent generator for a name, such as an image's. */
    public CounterRandom part(String name) {
        long hash = 0xCBF29CE484222325L;   // FNV-1a
        for (byte b : name.getBytes(StandardCharsets.UTF_8)) {
            hash = (hash ^ b & 0xFF) * 0x100000001B3L;
        }
        return part(hash);
    }

    private static long mix(long state) {
        long z = (state ^ state >>> 30) * 0xBF58476D1CE4E5B9L;
        z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
        return z ^ z >>> 31;
    }
}
