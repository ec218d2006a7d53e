package dev.sectional.core.internal.conv;

/**
 * The division of a matrix product into tasks: parts of its rows times parts of its panels of columns, about equal and
 * enough for all threads. No element depends on it.
 *
 * @param rowsOfTask rows of each part but the last, a multiple of the kernels' mr
 * @param rowParts number of parts of the rows
 * @param panelParts number of parts of the panels
 */
record GemmTasks(int rowsOfTask, int rowParts, int panelParts) {
    /** Multiply-adds below which handing out a task costs more than computing it. */
    private static final long LEAST_WORK = 1 << 16;
    /** Tasks for each thread, so that all threads end at about the same time. */
    private static final int TASKS_OF_THREAD = 4;

    /**
     * Divides a product.
     *
     * @param mostRows rows of one task at most, a multiple of mr
     * @param mr rows of a tile
     * @param divisible whether tasks may end at any multiple of mr, instead of at those of {@code mostRows}
     */
    static GemmTasks of(int rows, int mostRows, int mr, boolean divisible, PackedMatrix b, int threads) {
        int panels = Math.max(1, b.panelCount());
        long mostTasks = (long) rows * b.depth() * b.columns() / LEAST_WORK;
        int wanted = TASKS_OF_THREAD * threads;
        int rowsOfTask = mostRows;
        if (divisible && threads > 1) {
            // Where panels are too few for all threads, rows are divided further, into two tiles at least.
            long parts = Math.min(Math.min((wanted + panels - 1) / panels, mostTasks / panels), rows / (2L * mr));
            parts = Math.max(parts, (rows + mostRows - 1) / mostRows);
            int even = (int) ((rows + parts - 1) / Math.max(1, parts));
            rowsOfTask = Math.max(1, (even + mr - 1) / mr) * mr;
        }
        int rowParts = (rows + rowsOfTask - 1) / rowsOfTask;
        long panelParts = Math.min((wanted + rowParts - 1) / Math.max(1, rowParts), mostTasks / Math.max(1, rowParts));
        return new GemmTasks(rowsOfTask, rowParts, (int) Math.max(1, Math.min(panels, panelParts)));
    }
}
