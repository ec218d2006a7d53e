package dev.sectional.core.internal.conv;

import dev.sectional.core.internal.exec.Execution;
import dev.sectional.core.internal.kernel.Kernels;

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

    /**
     * @param kernels whose tile width the panels have
     * @param depth rows, at least 0
     * @param columns columns, at least 0
     * @throws IllegalArgumentException if the panels would exceed an array
     */
    public PackedMatrix(Kernels kernels, int depth, int columns) {
        this.depth = depth;
        this.columns = columns;
        this.width = kernels.nr();
        long size = (long) panelCount() * depth * width;
        if (depth < 0 || columns < 0 || size > Integer.MAX_VALUE - 8) {
            throw new IllegalArgumentException("a matrix of " + depth + "x" + columns + " cannot be packed into one array");
        }
        panels = new float[(int) size];
    }

    /** Over an array of the engine's buffers: columns past the last hold what is left there, and are never stored. */
    PackedMatrix(Execution execution, int depth, int columns) {
        this.depth = depth;
        this.columns = columns;
        this.width = execution.kernels().nr();
        long size = (long) panelCount() * depth * width;
        if (depth < 0 || columns < 0 || size > Integer.MAX_VALUE - 8) {
            throw new IllegalArgumentException("a matrix of " + depth + "x" + columns + " cannot be packed into one array");
        }
        this.panels = execution.acquire((int) size);
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
        PackedMatrix packed = new PackedMatrix(execution, depth, columns);
        execution.workers().run(packed.panelCount(), panel -> packed.fill(panel, 0, depth, matrix, 0, columns, 1));
        return packed;
    }

    /** Packs the transpose of a row-major matrix {@code (columns, depth)}. */
    public static PackedMatrix transposed(Execution execution, float[] matrix, int depth, int columns) {
        PackedMatrix packed = new PackedMatrix(execution, depth, columns);
        execution.workers().run(packed.panelCount(), panel -> packed.fill(panel, 0, depth, matrix, 0, 1, depth));
        return packed;
    }

    /** Gives the memory to the engine's buffers; the matrix must not be used again. */
    public void release(Execution execution) {
        execution.release(panels);
    }
}
