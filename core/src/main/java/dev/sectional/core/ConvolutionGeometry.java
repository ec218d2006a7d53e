package dev.sectional.core;

/**
 * The geometry of a two-dimensional convolution: a kernel that moves over the rows and columns of a zero-padded feature
 * map {@code (H, W, C)}.
 *
 * @param rows the kernel's window from top to bottom
 * @param columns the kernel's window from left to right
 */
public record ConvolutionGeometry(Window rows, Window columns) {
    /**
     * {@return a kernel with one stride in both directions, the same padding on all four sides, and dilation 1}
     *
     * @param kernelHeight rows of the kernel, at least 1
     * @param kernelWidth columns of the kernel, at least 1
     * @param stride positions from one window to the next, at least 1
     * @param padding zeros on each side, at least 0
     * @throws IllegalArgumentException if a number is out of range, see {@link Window}
     */
    public static ConvolutionGeometry of(int kernelHeight, int kernelWidth, int stride, int padding) {
        Window rows = Window.of(kernelHeight, stride, padding);
        return new ConvolutionGeometry(rows, Window.of(kernelWidth, stride, padding));
    }

    /**
     * {@return the shape {@code (H', W', O)} of the output}
     *
     * @param input {@code (H, W, C)}
     * @param outputs number O of output channels
     * @throws IllegalArgumentException if the kernel is larger than the padded input
     */
    public Shape outputShape(Shape input, int outputs) {
        return Shape.of(rows.count(input.dim(0)), columns.count(input.dim(1)), outputs);
    }

    /** {@return the number of kernel offsets, kernel height times kernel width} */
    public int kernelArea() {
        return rows.size() * columns.size();
    }

    /** {@return whether stride and dilation are 1 in both directions} */
    public boolean hasUnitSteps() {
        return rows.stride() == 1 && columns.stride() == 1 && rows.dilation() == 1 && columns.dilation() == 1;
    }
}
