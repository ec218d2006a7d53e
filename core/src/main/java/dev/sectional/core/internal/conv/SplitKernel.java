package dev.sectional.core.internal.conv;

import dev.sectional.core.ConvolutionGeometry;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * Kernels of 4 to 6 rows or columns as several of 3 x 3, for {@link Winograd}: each part reads the input some positions
 * further down or to the right, and the channels of all parts are those of one convolution. A 5x5 kernel takes 144
 * products for a tile of 4 x 4 outputs in place of 400.
 */
public final class SplitKernel {
    private static final int PART = 3;
    /** Greatest number of rows or columns of a kernel. */
    private static final int MOST = 2 * PART;

    private SplitKernel() {
    }

    /**
     * Returns the number of parts of a kernel, 1 for 3x3; 0 if it has too many rows or columns.
     *
     * @param convolution whose strides and dilations do not count
     */
    public static int parts(ConvolutionGeometry convolution) {
        int rows = convolution.rows().size();
        int columns = convolution.columns().size();
        return Math.max(rows, columns) > MOST ? 0 : parts(rows) * parts(columns);
    }

    private static int parts(int size) {
        return (size + PART - 1) / PART;
    }

    /**
     * Returns the filters of all parts, with zeros beyond the kernel.
     *
     * @param filters {@code (kh, kw, C, O)}
     * @return {@code (3, 3, parts * C, O)}
     */
    public static Tensor filters(Tensor filters) {
        int rows = filters.shape().dim(0);
        int columns = filters.shape().dim(1);
        int acrossParts = parts(columns);
        int parts = parts(rows) * acrossParts;
        int matrix = filters.shape().dim(2) * filters.shape().dim(3);
        Tensor split = Tensor.zeros(Shape.of(PART, PART, parts * filters.shape().dim(2), filters.shape().dim(3)));
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                int part = i / PART * acrossParts + j / PART;
                int to = ((i % PART * PART + j % PART) * parts + part) * matrix;
                System.arraycopy(filters.data(), (i * columns + j) * matrix, split.data(), to, matrix);
            }
        }
        return split;
    }

    /** Returns the inputs of all parts of a convolution of x {@code (H, W, C)}, in the order of {@link #filters}. */
    static List<WinogradInput> inputs(ConvolutionGeometry convolution, Tensor x) {
        List<WinogradInput> inputs = new ArrayList<>();
        for (int i = 0; i < parts(convolution.rows().size()); i++) {
            for (int j = 0; j < parts(convolution.columns().size()); j++) {
                inputs.add(new WinogradInput(x, 0, i * PART, j * PART));
            }
        }
        return inputs;
    }
}
