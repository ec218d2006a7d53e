package dev.sectional.weights.internal.keras;

/** The padding modes of Keras' convolutions and poolings, by TensorFlow's formulas. */
final class SamePadding {
    private SamePadding() {}

    /**
     * Returns the padding top, left, bottom, right. Mode {@code same} gives {@code ceil(size / stride)} positions; the
     * greater half of an odd padding lies below and to the right.
     *
     * @param mode {@code same} or {@code valid}
     * @param size rows and columns of the input
     */
    static int[] padding(String mode, int[] size, int[] kernel, int[] stride, int[] dilation) {
        int[] padding = new int[4];
        if (!isSame(mode)) {
            return padding;
        }
        for (int d = 0; d < 2; d++) {
            long extent = (kernel[d] - 1L) * dilation[d] + 1;
            if (kernel[d] < 1 || stride[d] < 1 || dilation[d] < 1 || extent > 1 << 20) {
                throw new IllegalArgumentException("its kernel has " + kernel[d] + " positions, stride " + stride[d]
                        + " and dilation " + dilation[d]);
            }
            long outputs = (size[d] + stride[d] - 1L) / stride[d];
            long total = Math.max(0, (outputs - 1) * stride[d] + extent - size[d]);
            padding[d] = (int) (total / 2);
            padding[d + 2] = (int) (total - total / 2);
        }
        return padding;
    }

    /** Returns whether a mode is {@code same}; refuses any but {@code same} and {@code valid}. */
    static boolean isSame(String mode) {
        if (!mode.equalsIgnoreCase("same") && !mode.equalsIgnoreCase("valid")) {
            throw new IllegalArgumentException("its padding is " + mode + ", supported are same and valid");
        }
        return mode.equalsIgnoreCase("same");
    }
}
