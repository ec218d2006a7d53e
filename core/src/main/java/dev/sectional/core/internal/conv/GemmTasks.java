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
    /** Least number of blocks of rows that threads can divide among themselves. */
    private static final int BLOCKS = 8;
    /** Further numbers of blocks that are tried for an even one. */
    private static final int TRIED = 6;

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
        int wanted = threads == 1 ? 1 : TASKS_OF_THREAD * threads;
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

    /**
     * Returns the number of rows of equal blocks, a multiple of mr and at most {@code most}, which is at least mr.
     * Where it can, the number of blocks is even, so that two threads end at the same time. It does not depend on the
     * threads: blocks have sums of their own, which are added in their order.
     */
    static int evenRows(int rows, int most, int mr) {
        int whole = Math.max(1, most / mr) * mr;
        int parts = Math.max(BLOCKS, (rows + whole - 1) / whole);
        for (int more = parts; more < parts + TRIED; more++) {
            int size = blockRows(rows, more, mr);
            if ((rows + size - 1) / size % 2 == 0) {
                return size;
            }
        }
        return blockRows(rows, parts, mr);
    }

    private static int blockRows(int rows, int parts, int mr) {
        return Math.max(1, ((rows + parts - 1) / parts + mr - 1) / mr) * mr;
    }
}
