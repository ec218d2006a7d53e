package dev.sectional.core.internal.conv;

import dev.sectional.core.internal.exec.Execution;
import dev.sectional.core.internal.kernel.Kernels;
import java.util.Arrays;

/**
 * The right-hand matrix of a product, {@code (depth, columns)}, in the order in which the micro-kernels read it:
 * panels of {@link Kernels#nr()} columns, each row-major, the columns past the last one filled with zeros.
 *
 * <p>Ownership: {@link #zeroed} allocates memory that belongs to the matrix. {@link #of}, {@link #transposed} and
 * {@link #uninitialized} acquire pooled memory; the method that calls them releases it, or keeps the matrix for good.
 */
public final class PackedMatrix {
    /** Least number of rows of a panel that a task fills. */
    private static final int LEAST_ROWS = 64;

    private final Kernels kernels;
    private final int depth;
    private final int columns;
    private final int panelWidth;
    private final float[] panels;

    private PackedMatrix(Kernels kernels, int depth, int columns, float[] panels) {
        this.kernels = kernels;
        this.depth = depth;
        this.columns = columns;
        panelWidth = kernels.nr();
        this.panels = panels;
    }

    /**
     * Returns a matrix of zeros in memory of its own.
     *
     * @throws IllegalArgumentException if a dimension is negative or the panels exceed one array
     */
    public static PackedMatrix zeroed(Execution execution, int depth, int columns) {
        int panelWidth = execution.kernels().nr();
        return new PackedMatrix(execution.kernels(), depth, columns, new float[size(depth, columns, panelWidth)]);
    }

    /**
     * Returns a matrix over pooled memory. Its elements contain stale data until {@link #fill} writes them; the
     * padding columns of the last panel are 0. Micro-kernels multiply those columns too, and stale subnormals there
     * would cost 150 cycles each on Intel processors.
     *
     * @throws IllegalArgumentException if a dimension is negative or the panels exceed one array
     */
    static PackedMatrix uninitialized(Execution execution, int depth, int columns) {
        int panelWidth = execution.kernels().nr();
        float[] panels = execution.acquire(size(depth, columns, panelWidth));
        PackedMatrix packed = new PackedMatrix(execution.kernels(), depth, columns, panels);
        packed.clearPadding();
        return packed;
    }

    /** Packs a row-major matrix {@code (depth, columns)} into pooled memory. */
    public static PackedMatrix of(Execution execution, float[] matrix, int depth, int columns) {
        PackedMatrix packed = uninitialized(execution, depth, columns);
        packed.fillAll(execution, matrix, columns, 1);
        return packed;
    }

    /** Packs the transpose of a row-major matrix {@code (columns, depth)} into pooled memory. */
    public static PackedMatrix transposed(Execution execution, float[] matrix, int depth, int columns) {
        PackedMatrix packed = uninitialized(execution, depth, columns);
        packed.fillAll(execution, matrix, 1, depth);
        return packed;
    }

    private void fillAll(Execution execution, float[] matrix, int rowStride, int columnStride) {
        int rows = execution.workers().evenPart(depth, LEAST_ROWS, Integer.MAX_VALUE, panelCount());
        int parts = (depth + rows - 1) / rows;
        execution.workers().run(panelCount() * parts, task -> {
            int row = task % parts * rows;
            fill(task / parts, row, Math.min(rows, depth - row), matrix, row * rowStride, rowStride, columnStride);
        });
    }

    private static int size(int depth, int columns, int panelWidth) {
        long size = ((long) columns + panelWidth - 1) / panelWidth * panelWidth * depth;
        if (depth < 0 || columns < 0 || size > Integer.MAX_VALUE - 8) {
            throw new IllegalArgumentException("a matrix of " + depth + "x" + columns
                    + " cannot be packed into one array");
        }
        return (int) size;
    }

    private void clearPadding() {
        int used = columns % panelWidth;
        for (int row = 0; used > 0 && row < depth; row++) {
            int start = panelStart(panelCount() - 1) + row * panelWidth;
            Arrays.fill(panels, start + used, start + panelWidth, 0f);
        }
    }

    /** Returns whether the kernels of an engine read panels of this matrix's width. */
    public boolean fits(Execution execution) {
        return panelWidth == execution.kernels().nr();
    }

    /** Returns the number of rows. */
    public int depth() {
        return depth;
    }

    /** Returns the number of columns, without padding. */
    public int columns() {
        return columns;
    }

    int panelCount() {
        return (columns + panelWidth - 1) / panelWidth;
    }

    float[] panels() {
        return panels;
    }

    int panelStart(int panel) {
        return panel * depth * panelWidth;
    }

    /**
     * Fills rows {@code row .. row + count - 1} of one panel from a strided matrix: element {@code (row + k, j)}
     * becomes {@code source[start + k * rowStride + j * columnStride]}. One of the strides is 1.
     */
    void fill(int panel, int row, int count, float[] source, int start, int rowStride, int columnStride) {
        int first = panel * panelWidth;
        int used = Math.min(panelWidth, columns - first);
        int to = panelStart(panel) + row * panelWidth;
        int from = start + first * columnStride;
        if (columnStride == 1) {
            for (int k = 0; k < count; k++) {
                System.arraycopy(source, from + k * rowStride, panels, to + k * panelWidth, used);
            }
            return;
        }
        kernels.transpose(source, from, columnStride, used, count, panels, to, panelWidth);
    }

    /** Fills rows {@code row .. row + count - 1} of one panel with zeros. */
    void clear(int panel, int row, int count) {
        int to = panelStart(panel) + row * panelWidth;
        Arrays.fill(panels, to, to + count * panelWidth, 0f);
    }

    /** Releases the memory to the engine's pool. Nobody may use the matrix afterwards. */
    public void release(Execution execution) {
        execution.release(panels);
    }
}
