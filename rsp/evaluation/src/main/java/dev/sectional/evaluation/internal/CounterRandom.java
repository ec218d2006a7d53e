package dev.sectional.evaluation.internal;

import java.nio.charset.StandardCharsets;

/**
 * Random numbers as a pure function of a seed and an index: the same on every Java, in any order, on any number of machines.
 * The function is SplitMix64's (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, OOPSLA 2014): number i is what
 * that generator gives as its i-th.
 */
public record CounterRandom(long seed) {
    private static final long STEP = 0x9E3779B97F4A7C15L;

    /** 64 random bits. */
    public long bits(long index) {
        return mix(seed + (index + 1) * STEP);
    }

    /** At least 0 and below 1. */
    public double uniform(long index) {
        return (bits(index) >>> 11) * 0x1p-53;
    }

    /** A whole number from 0 to {@code bound - 1}. */
    public int below(long index, int bound) {
        return (int) (uniform(index) * bound);
    }

    /** Draws of their own for part {@code index} of the work. */
    public CounterRandom part(long index) {
        return new CounterRandom(mix(bits(index)));
    }

    /** Draws of their own for what bears the name, such as an image. */
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
