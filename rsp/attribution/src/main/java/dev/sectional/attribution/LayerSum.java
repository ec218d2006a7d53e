package dev.sectional.attribution;

/**
 * The account of one layer that relevance passed.
 *
 * @param name of the layer
 * @param rule that was applied
 * @param sumIn sum of relevance at the layer's output, where it comes in
 * @param sumOut sum of relevance at its input, where it goes out
 * @param lost what the rule's law says does not arrive: biases, stabilisers, dead places, purging
 * @param sumOfAbsolutes sum of absolute relevance that came in or went out, whichever is greater: the scale of rounding
 */
public record LayerSum(String name, String rule, double sumIn, double sumOut, double lost, double sumOfAbsolutes) {
    /** Sum of relevance at the layer's input. */
    public double sum() {
        return sumOut;
    }

    /** How far conservation is missed: {@code |sumIn - sumOut - lost| / sumOfAbsolutes}; 0 when nothing came in. */
    public double residual() {
        double missed = Math.abs(sumIn - sumOut - lost);
        return missed == 0 ? 0 : missed / sumOfAbsolutes;
    }
}
