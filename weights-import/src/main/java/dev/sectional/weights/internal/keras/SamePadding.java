package dev.sectional.weights.internal.keras;

/** The padding modes of Keras' convolutions and poolings, by TensorFlow's formulas. */
final class SamePadding {
    private static final int LONGEST_KERNEL = 1 << 20;

    private SamePadding() {}

    /**
     * Returns the setting {@code auto_pad} of a layer: 1 for {@code same}, which gives {@code ceil(size / stride)}
     * positions at every size of the image, the greater half of an odd padding below and to the right; 0 for
     * {@code valid}.
     *
     * @param mode {@code same} or {@code valid}
     */
    static int automatic(String mode, int[] kernel, int[] stride, int[] dilation) {
        if (!isSame(mode)) {
            return 0;
        }
        for (int d = 0; d < 2; d++) {
            long extent = (kernel[d] - 1L) * dilation[d] + 1;
            if (kernel[d] < 1 || stride[d] < 1 || dilation[d] < 1 || extent > LONGEST_KERNEL) {
                throw new IllegalArgumentException("its kernel has " + kernel[d] + " positions, stride " + stride[d]
                        + " and dilation " + dilation[d]);
            }
        }
        return 1;
    }

    /** Returns whether a mode is {@code same}; refuses any but {@code same} and {@code valid}. */
    static boolean isSame(String mode) {
        if (!mode.equalsIgnoreCase("same") && !mode.equalsIgnoreCase("valid")) {
            throw new IllegalArgumentException("its padding is " + mode + ", supported are same and valid");
        }
        return mode.equalsIgnoreCase("same");
    }
}
