package dev.sectional.images.figure;

import java.util.Arrays;
import java.util.Locale;

/** Colours of relevance. No relevance is white in each of them. */
public enum ColourMap {
    /** Red for the class, blue against it: the ends of ColorBrewer's RdBu. */
    BLUE_RED("red", "blue", 0xB2182B, 0x2166AC),
    /** Orange for the class, purple against it: safe for the colour-blind; the ends of ColorBrewer's PuOr. */
    PURPLE_ORANGE("orange", "purple", 0xB35806, 0x542788);

    /** Steps of the colours for values without a sign, from none to full; their lightness falls throughout. */
    private static final int[] SEQUENTIAL = {Canvas.WHITE, 0xFEE391, 0xFE9929, 0xCC4C02, 0x662506};

    private final String positiveName;
    private final String negativeName;
    private final int positive;
    private final int negative;

    ColourMap(String positiveName, String negativeName, int positive, int negative) {
        this.positiveName = positiveName;
        this.negativeName = negativeName;
        this.positive = positive;
        this.negative = negative;
    }

    /** {@return the name that users write, such as {@code blue-red}} */
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /**
     * {@return the map of a name}
     *
     * @param name as users write it, case aside
     * @throws IllegalArgumentException if there is none
     */
    public static ColourMap named(String name) {
        return Arrays.stream(values()).filter(map -> map.label().equals(name.toLowerCase(Locale.ROOT))).findFirst()
                .orElseThrow(() -> new IllegalArgumentException(name + " is unknown: use blue-red or purple-orange"));
    }

    /** Returns the word for the colour of positive relevance. */
    String positiveName() {
        return positiveName;
    }

    /** Returns the word for the colour of negative relevance. */
    String negativeName() {
        return negativeName;
    }

    /**
     * Returns the colour on white paper.
     *
     * @param value -1 to 1; values without a sign from 0
     * @param signed whether the sign of the value means anything
     */
    int onWhite(float value, boolean signed) {
        if (signed) {
            return Canvas.blended(Canvas.WHITE, value < 0 ? negative : positive, Math.abs(value));
        }
        float at = Math.abs(value) * (SEQUENTIAL.length - 1);
        int step = Math.min((int) at, SEQUENTIAL.length - 2);
        return Canvas.blended(SEQUENTIAL[step], SEQUENTIAL[step + 1], at - step);
    }

    /** Returns the colour over a photo, of which the opacity alone tells the strength of signed values. */
    int onPhoto(float value, boolean signed) {
        return signed ? value < 0 ? negative : positive : onWhite(value, false);
    }
}
