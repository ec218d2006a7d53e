package dev.sectional.nn.rule;


/**
 * Where relevance goes that a rule does not hand down, found at the output side by the rule's law: over one layer,
 * {@code sum in - sum out} is {@link #total()} up to rounding. A part is negative where the layer gives more than it was given.
 *
 * @param bias the share of biases, which no input takes
 * @param stabiliser what a stabilised denominator takes: {@code r e / (z + e)} of each ratio
 * @param dead relevance at places where nothing contributes, or that no part of the rule serves
 * @param withheld what the rule keeps back on purpose: purged relevance, the other side of a contrast
 */
public record AbsorbedRelevance(double bias, double stabiliser, double dead, double withheld) {
    /** Nothing. */
    public static final AbsorbedRelevance NOTHING = new AbsorbedRelevance(0, 0, 0, 0);

    /** Lost to places where nothing contributes. */
    public static AbsorbedRelevance dead(double relevance) {
        return new AbsorbedRelevance(0, 0, relevance, 0);
    }

    /** Kept back on purpose. */
    public static AbsorbedRelevance withheld(double relevance) {
        return new AbsorbedRelevance(0, 0, 0, relevance);
    }

    /** All parts together. */
    public double total() {
        return bias + stabiliser + dead + withheld;
    }

    /** Both. */
    public AbsorbedRelevance plus(AbsorbedRelevance other) {
        return new AbsorbedRelevance(bias + other.bias, stabiliser + other.stabiliser, dead + other.dead, withheld + other.withheld);
    }

    /** Every part times a factor. */
    public AbsorbedRelevance times(double factor) {
        return new AbsorbedRelevance(bias * factor, stabiliser * factor, dead * factor, withheld * factor);
    }
}
