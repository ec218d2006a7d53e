package dev.sectional.nn.plan;

import java.util.Locale;

/** An algorithm that computes the output of a convolution, or its input gradient. */
public enum ConvolutionAlgorithm {
    /** One matrix product whose K dimension runs over kernel offsets and channels. Any kernel, stride and dilation. */
    DIRECT,
    /**
     * The direct product over an input that is repacked first, because a window of so few channels has only short runs.
     */
    SMALL_CHANNEL,
    /**
     * Winograd's minimal filtering F(4x4, 3x3): 3x3 kernels with stride and dilation 1, and larger ones of up to 6x6 as
     * several of 3x3.
     */
    WINOGRAD,
    /** {@link #DIRECT}, once for each group of channels. */
    GROUPED_DIRECT,
    /**
     * One vector of neighbouring channels per kernel offset, without a matrix product: depthwise convolutions, and
     * other groups of few channels, which are repeated for each filter.
     */
    DEPTHWISE;

    /** {@return the name in reports, such as {@code small-channel}} */
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
