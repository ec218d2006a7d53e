package dev.sectional.core.internal.conv;

import dev.sectional.core.internal.exec.Execution;
import dev.sectional.core.internal.kernel.Kernels;
import java.util.Arrays;

/**
 * The right-hand matrix of a product, {@code (depth, columns)}, laid out as its kernel reads it: panels of
 * {@link Kernels#nr()} columns, each panel row after row, the last one filled up with zeros.
 */
public final class PackedMatrix {
    /** Rows that are transposed together: what one cache line holds of a column, so that none is read twice. */
    private static final int TOGETHER = 16;

    private final int depth;
    private final int columns;
    private final int width;
    private final float[] panels;

    private PackedMatrix(int depth, int columns, int width, float[] panels) {
        this.depth = depth;
        this.columns = columns;
        this.width = width;
        this.panels = panels;
    }

    /**
     * Returns a matrix of zeros in memory of its own, which is never {@link #release released}.
     *
     * @throws IllegalArgumentException if a dimension is negative or the panels exceed one array
     */
    public static PackedMatrix zeroed(Execution execution, int depth, int columns) {
        int width = execution.kernels().nr();
        return new PackedMatrix(depth, columns, width, new float[size(depth, columns, width)]);
    }

    /**
     * Returns a matrix over pooled memory. Its elements contain stale data until {@link #fill} writes them; the padding columns of
     * the last panel are 0. Micro-kernels multiply those columns too, and stale subnormals there would cost 150 cycles each on Intel
     * processors. The caller {@linkplain #release releases} the matrix in the scope that acquired it.
     *
     * @throws IllegalArgumentException if a dimension is negative or the panels exceed one array
     */
    static PackedMatrix uninitialized(Execution execution, int depth, int columns) {
        int width = execution.kernels().nr();
        PackedMatrix packed = new PackedMatrix(depth, columns, width, execution.acquire(size(depth, columns, width)));
        packed.clearPadding();
        return packed;
    }

    private static int size(int depth, int columns, int width) {
        long size = ((long) columns + width - 1) / width * width * depth;
        if (depth < 0 || columns < 0 || size > Integer.MAX_VALUE - 8) {
            throw new IllegalArgumentException("a matrix of " + depth + "x" + columns + " cannot be packed into one array");
        }
        return (int) size;
    }

    private void clearPadding() {
        int used = columns % width;
        for (int row = 0; used > 0 && row < depth; row++) {
            int start = panelStart(panelCount() - 1) + row * width;
            Arrays.fill(panels, start + used, start + width, 0f);
        }
    }

    /** Returns whether the kernels of an engine read panels of this matrix's width. */
    public boolean fits(Execution execution) {
        return width == execution.kernels().nr();
    }

    /** The rows. */
    public int depth() {
        return depth;
    }

    /** The columns, without the filling. */
    public int columns() {
        return columns;
    }

    int panelCount() {
        return (columns + width - 1) / width;
    }

    float[] panels() {
        return panels;
    }

    int panelStart(int panel) {
        return panel * depth * width;
    }

    /**
     * Fills rows {@code row .. row + count - 1} of one panel from a strided matrix:
     * element {@code (row + k, j)} is {@code source[start + k * rowStride + j * columnStride]}.
     */
    void fill(int panel, int row, int count, float[] source, int start, int rowStride, int columnStride) {
        int first = panel * width;
        int used = Math.min(width, columns - first);
        int to = panelStart(panel) + row * width;
        int from = start + first * columnStride;
        if (columnStride == 1) {
            for (int k = 0; k < count; k++) {
                System.arraycopy(source, from + k * rowStride, panels, to + k * width, used);
            }
            return;
        }
        for (int k = 0; k < count; k += TOGETHER) {
            int end = Math.min(count, k + TOGETHER);
            for (int j = 0; j < used; j++) {
                for (int i = k; i < end; i++) {
                    panels[to + i * width + j] = source[from + i * rowStride + j * columnStride];
                }
            }
        }
    }

    /** Packs a row-major matrix of {@code columns} columns. */
    public static PackedMatrix of(Execution execution, float[] matrix, int depth, int columns) {
        PackedMatrix packed = uninitialized(execution, depth, columns);
        execution.workers().run(packed.panelCount(), panel -> packed.fill(panel, 0, depth, matrix, 0, columns, 1));
        return packed;
    }

    /** Packs the transpose of a row-major matrix {@code (columns, depth)}. */
    public static PackedMatrix transposed(Execution execution, float[] matrix, int depth, int columns) {
        PackedMatrix packed = uninitialized(execution, depth, columns);
        execution.workers().run(packed.panelCount(), panel -> packed.fill(panel, 0, depth, matrix, 0, 1, depth));
        return packed;
    }

    /** Gives the memory to the engine's buffers; the matrix must not be used again. */
    public void release(Execution execution) {
        execution.release(panels);
    }
}
