package dev.sectional.nn.plan;

import java.util.Locale;

/** Relevance rules that compute the same products at a convolution, so that the same algorithms apply to them. */
public enum RuleFamily {
    /**
     * One forward product with modified weights of the layer and one input gradient: LRP's rules. Winograd applies
     * where inputs and weights both have one sign, as z+ has behind a ReLU.
     */
    LAYER_WEIGHTS,
    /**
     * The filter gradient of the relevance takes the place of the weights: filter gradient, forward product and input
     * gradient, for positive and for negative relevance.
     */
    FILTER_GRADIENT;

    /** {@return the name in reports, such as {@code layer-weights}} */
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
