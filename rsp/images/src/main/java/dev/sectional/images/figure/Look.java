package dev.sectional.images.figure;

/**
 * How maps are drawn.
 *
 * @param colours of relevance
 * @param gamma exponent of the overlay's opacity: 1 is proportional to the absolute value, less shows weak values more
 */
public record Look(ColourMap colours, double gamma) {
    /** Least gamma that users may choose. */
    public static final double LEAST_GAMMA = 0.05;
    /** Greatest gamma that users may choose. */
    public static final double GREATEST_GAMMA = 20;

    /** @throws IllegalArgumentException if gamma is not above 0 and finite */
    public Look {
        if (!(gamma > 0) || Double.isInfinite(gamma)) {
            throw new IllegalArgumentException("wanted a gamma above 0, got " + gamma);
        }
    }
}
