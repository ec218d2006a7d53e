package dev.sectional.nn.plan;

import java.util.Locale;

/** An algorithm that computes the products of a relevance rule at a convolution. */
public enum RelevanceAlgorithm {
    /** Direct products over all kernel offsets and all values, zeros included. */
    DIRECT,
    /** All products by Winograd's minimal filtering F(4x4, 3x3): 3x3 kernels with stride and dilation 1. */
    WINOGRAD,
    /**
     * Products between the positions of a feature map, without filters, for rules of the family
     * {@link RuleFamily#FILTER_GRADIENT}: dilation 1, few positions and many channels.
     */
    GRAM,
    /**
     * Direct products over the nonzeros of the relevance alone, for rules of the family
     * {@link RuleFamily#FILTER_GRADIENT}: 3x3 kernels with stride and dilation 1, and 1x1 kernels without padding.
     */
    SPARSE;

    /** {@return the name in reports, such as {@code winograd}} */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
