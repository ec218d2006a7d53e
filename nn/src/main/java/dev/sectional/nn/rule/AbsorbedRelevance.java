package dev.sectional.nn.rule;

/**
 * Relevance that a rule does not propagate to an input, computed at the output side from the rule's conservation
 * property: for one layer, {@code relevance at the output - relevance at the inputs} is {@link #total()} up to
 * rounding. A component is negative where the layer propagates more than it received.
 *
 * @param bias absorbed by biases, which no input receives
 * @param stabiliser absorbed by stabilised denominators: {@code r e / (z + e)} of each ratio
 * @param deadPositions absorbed at positions where no input contributes, or that no part of the rule serves
 * @param withheld kept back by the rule's design: purged relevance, the opposite side of a contrast
 */
public record AbsorbedRelevance(double bias, double stabiliser, double deadPositions, double withheld) {
    /** No absorbed relevance. */
    public static final AbsorbedRelevance NONE = new AbsorbedRelevance(0, 0, 0, 0);

    /**
     * {@return relevance that dead positions alone absorb}
     *
     * @param relevance sum that stayed at positions where it cannot go on
     */
    public static AbsorbedRelevance deadPositions(double relevance) {
        return new AbsorbedRelevance(0, 0, relevance, 0);
    }

    /**
     * {@return relevance that is withheld alone}
     *
     * @param relevance sum that a rule keeps back
     */
    public static AbsorbedRelevance withheld(double relevance) {
        return new AbsorbedRelevance(0, 0, 0, relevance);
    }

    /** {@return the sum of all components} */
    public double total() {
        return bias + stabiliser + deadPositions + withheld;
    }

    /**
     * {@return the sum of both, component by component}
     *
     * @param other of another part of the same step
     */
    public AbsorbedRelevance plus(AbsorbedRelevance other) {
        return new AbsorbedRelevance(bias + other.bias, stabiliser + other.stabiliser, deadPositions
                + other.deadPositions,
                withheld + other.withheld);
    }

    /**
     * {@return every component times a factor}
     *
     * @param factor of the relevance
     */
    public AbsorbedRelevance times(double factor) {
        return new AbsorbedRelevance(bias * factor, stabiliser * factor, deadPositions * factor, withheld * factor);
    }
}
