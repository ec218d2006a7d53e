package dev.sectional.evaluation.data;

/**
 * SplitMix64 (Steele, Lea, Flood, 2014), written out so that a seed means the same scenes on every Java: the JDK does not
 * promise that of its own generators.
 */
public final class SplitMix {
    private static final long GOLDEN = 0x9E3779B97F4A7C15L;
    private long state;

    /** @param stream generators of one seed and different streams are independent */
    public SplitMix(long seed, long stream) {
        state = mix(mix(seed) + GOLDEN * stream);
    }

    private static long mix(long value) {
        long z = (value ^ value >>> 30) * 0xBF58476D1CE4E5B9L;
        z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
        return z ^ z >>> 31;
    }

    /** Any long. */
    public long next() {
        state += GOLDEN;
        return mix(state);
    }

    /** From {@code low}, inclusive, to {@code high}, exclusive. */
    public double uniform(double low, double high) {
        return low + (high - low) * ((next() >>> 11) * 0x1p-53);
    }

    /** From 0 to {@code bound - 1}. */
    public int below(int bound) {
        return (int) uniform(0, bound);
    }

    /** Normally distributed, by the polar form of Box and Muller. */
    public double normal(double deviation) {
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
