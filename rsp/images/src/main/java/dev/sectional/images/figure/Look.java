package dev.sectional.images.figure;

import java.util.Arrays;
import java.util.Locale;

/**
 * How maps are drawn.
 *
 * @param colours of relevance
 * @param gamma exponent of the overlay's opacity: 1 is proportional to the absolute value, less shows weak values more
 * @param sign which signs are drawn; without effect on maps without a sign
 * @param opacity of the overlay at full strength, 0 to 1; below 1 the photo stays visible
 */
public record Look(ColourMap colours, double gamma, Sign sign, double opacity) {
    /** Opacity at full strength, if none is chosen. */
    public static final double USUAL_OPACITY = 0.9;
    /** Least gamma that users may choose. */
    public static final double LEAST_GAMMA = 0.05;
    /** Greatest gamma that users may choose. */
    public static final double GREATEST_GAMMA = 20;

    /** Which relevance is drawn. */
    public enum Sign {
        /** All of it. */
        BOTH,
        /** What speaks for the class. */
        FOR,
        /** What speaks against it. */
        AGAINST;

        /** {@return the name that users write} */
        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }

        /**
         * {@return the sign of a name}
         *
         * @param name as users write it, case aside
         * @throws IllegalArgumentException if there is none
         */
        public static Sign named(String name) {
            return Arrays.stream(values()).filter(sign -> sign.label().equals(name.toLowerCase(Locale.ROOT)))
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException(name + " is unknown: use both, for or against"));
        }
    }

    /**
     * Draws both signs at the usual opacity.
     *
     * @param colours for positive and negative relevance
     * @param gamma how fast the opacity of an overlay grows
     */
    public Look(ColourMap colours, double gamma) {
        this(colours, gamma, Sign.BOTH, USUAL_OPACITY);
    }

    /**
     *
     * @param colours the component {@code colours}
     * @param gamma the component {@code gamma}
     * @param sign the component {@code sign}
     * @param opacity the component {@code opacity}
     * @throws IllegalArgumentException if gamma is not above 0 and finite, or opacity is not from 0 to 1
     */
    public Look {
        if (!(gamma > 0) || Double.isInfinite(gamma)) {
            throw new IllegalArgumentException("wanted a gamma above 0, got " + gamma);
        }
        if (!(opacity >= 0 && opacity <= 1)) {
            throw new IllegalArgumentException("wanted an opacity from 0 to 1, got " + opacity);
        }
    }

    /** Tells whether a value is drawn. */
    boolean shows(float value, boolean signed) {
        return !signed || sign == Sign.BOTH || (sign == Sign.FOR ? value >= 0 : value <= 0);
    }

    /** Returns the colour of a value on white paper, which is white if the value is not drawn. */
    int onWhite(float value, boolean signed) {
        return shows(value, signed) ? colours.onWhite(value, signed) : Canvas.WHITE;
    }
}
