package dev.sectional.core.internal.conv;

import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.internal.exec.Execution;
import dev.sectional.core.internal.kernel.Kernels;
import java.util.Arrays;

/**
 * General matrix products {@code C = A B}. A is described by the offsets at which its rows start in an array, so the
 * windows of a convolution are rows of A without being copied; B is a {@link PackedMatrix}.
 *
 * <p>Blocking follows BLIS: a task owns a block of MC rows and some panels of B, and passes over K in blocks of KC.
 * Every element of C is summed in one fixed order, whatever the number of threads.
 */
public final class Gemm {
    /** Depth of one block of K: an nr-wide panel of this depth stays in the first-level cache. */
    private static final int KC = 256;
    /**
     * Rows of one task, a multiple of every kernel's mr: with {@link #KC} columns they stay in the second-level
     * cache.
     */
    private static final int MC = 120;
    /** Up to this number, all rows are one task, which reads the right-hand matrix once. */
    static final int MOST_AT_ONCE = 2 * MC;
    /** Rows up to which a product lists all offsets, so that any division into tasks is possible. */
    static final int DIVISIBLE_ROWS = 8 * MC;
    /** Rows of one task of {@link #multiplyPairs}, which packs the right-hand matrix. */
    private static final int PAIR_ROWS = 4 * MC;

    private Gemm() {
    }

    /**
     * A contiguous segment of the depth of A, the same for all rows.
     *
     * @param shift offset of the segment from the start of each row
     * @param depth number of elements
     */
    public record KSegment(int shift, int depth) {
        /** Returns {@code count} segments of one depth whose shifts are {@code step} apart. */
        static KSegment[] equidistant(int count, int step, int depth) {
            KSegment[] segments = new KSegment[count];
            Arrays.setAll(segments, i -> new KSegment(i * step, depth));
            return segments;
        }
    }

    /**
     * Returns {@code a b}.
     *
     * @param a {@code (rows, depth)}
     * @return {@code (rows, b.columns())}, a new tensor
     * @throws IllegalArgumentException if the shapes do not fit
     */
    public static Tensor multiply(Execution execution, Tensor a, PackedMatrix b) {
        if (a.shape().rank() != 2 || a.shape().dim(1) != b.depth()) {
            throw new IllegalArgumentException("wanted a matrix of " + b.depth() + " columns, got shape " + a.shape());
        }
        Tensor c = Tensor.zeros(Shape.of(a.shape().dim(0), b.columns()));
        multiply(execution, a.data(), a.shape().dim(0), b, c.data());
        return c;
    }

    /**
     * Writes {@code a b} to c.
     *
     * @param a row-major matrix of {@code rows} rows
     * @param c receives the product, row-major
     * @throws IllegalArgumentException if an array is too short
     */
    public static void multiply(Execution execution, float[] a, int rows, PackedMatrix b, float[] c) {
        if (a.length < (long) rows * b.depth() || c.length < (long) rows * b.columns()) {
            throw new IllegalArgumentException("a product of " + rows + "x" + b.depth() + "x" + b.columns()
                    + " does not fit arrays of " + a.length + " and " + c.length);
        }
        multiply(execution, a, RowOffsets.equidistant(rows, b.depth()), KSegment.equidistant(1, 0, b.depth()), b,
                Epilogue.NONE, c);
    }

    /**
     * Writes {@code a b} to c on the calling thread alone: for tasks that divide the rows among themselves.
     *
     * @param a row-major matrix {@code (rows, b.depth())} from {@code start} on
     * @param c receives the product, row-major, from its first element on
     */
    static void multiplyRows(Execution execution, float[] a, int start, int rows, PackedMatrix b, float[] c) {
        multiplyRows(execution, a, start, rows, b, Epilogue.NONE, c, 0);
    }

    /**
     * Writes {@code a b} to c on the calling thread alone, and applies an epilogue.
     *
     * @param a row-major matrix {@code (rows, b.depth())} from {@code start} on
     * @param epilogue its bias has a value for each padded column of b
     * @param c receives the product, row-major, from {@code cStart} on
     */
    static void multiplyRows(Execution execution, float[] a, int start, int rows, PackedMatrix b, Epilogue epilogue,
                             float[] c, int cStart) {
        multiplyRows(execution, a, RowOffsets.equidistant(rows, b.depth()), start, b, epilogue, c, cStart);
    }

    /** The same for rows of A that start anywhere, {@code start} after their offsets, and are one segment each. */
    static void multiplyRows(Execution execution, float[] a, RowOffsets rows, int start, PackedMatrix b,
                             Epilogue epilogue, float[] c, int cStart) {
        KSegment[] kBlocks = kBlocks(new KSegment[] {new KSegment(start, b.depth())});
        MacroKernel kernel = new MacroKernel(execution, a, rows, rows.tail(execution.kernels().mr()), kBlocks, b,
                epilogue, c, cStart);
        int block = rowBlock(rows.count());
        for (int row = 0; row < rows.count(); row += block) {
            kernel.multiply(row, Math.min(rows.count(), row + block), 0, b.panelCount());
        }
    }

    /**
     * Writes the products of pairs of matrices to c, one below the other: rows {@code i * rows} and following are
     * {@code A_i B_i}.
     *
     * @param a contains A_i, row-major {@code (rows, depth)}, from {@code aStarts[i]} on
     * @param b contains B_i, row-major, from {@code bStarts[i]} on: {@code (depth, columns)}, or
     *     {@code (columns, depth)} if transposed
     * @param c receives the products, row-major
     */
    public static void multiplyPairs(Execution execution, float[] a, int[] aStarts, int rows, float[] b, int[] bStarts,
                                     boolean transposed, int depth, int columns, float[] c) {
        int[] starts = new int[aStarts.length * rows];
        Arrays.setAll(starts, row -> aStarts[row / rows] + row % rows * depth);
        KSegment[] kBlocks = kBlocks(KSegment.equidistant(1, 0, depth));
        int mr = execution.kernels().mr();
        int tasks = (rows + PAIR_ROWS - 1) / PAIR_ROWS;
        execution.workers().run(aStarts.length * tasks, task -> {
            int pair = task / tasks;
            int from = pair * rows + task % tasks * PAIR_ROWS;
            int to = Math.min(from + PAIR_ROWS, (pair + 1) * rows);
            PackedMatrix packed = PackedMatrix.uninitialized(execution, depth, columns);
            for (int panel = 0; panel < packed.panelCount(); panel++) {
                packed.fill(panel, 0, depth, b, bStarts[pair], transposed ? 1 : columns, transposed ? depth : 1);
            }
            int[] tail = new int[mr];
            Arrays.setAll(tail, i -> starts[Math.min(from + (to - from) / mr * mr + i, to - 1)]);
            MacroKernel kernel = new MacroKernel(execution, a, new RowOffsets(starts.length, starts, 0), tail, kBlocks,
                    packed, Epilogue.NONE, c, 0);
            for (int row = from; row < to; row += MC) {
                kernel.multiply(row, Math.min(row + MC, to), 0, packed.panelCount());
            }
            packed.release(execution);
        });
    }

    /**
     * Writes {@code a^T b} to c, with a read as it lies.
     *
     * @param a row-major matrix {@code (b.depth(), columns)}; at least mr columns
     * @param c receives the product, {@code (columns, b.columns())}, row-major
     */
    static void multiplyTransA(Execution execution, float[] a, int columns, PackedMatrix b, float[] c) {
        int mr = execution.kernels().mr();
        int rowsOfTask = MC / 2 / mr * mr;
        int blocks = (columns + rowsOfTask - 1) / rowsOfTask;
        execution.workers().run(blocks * b.panelCount(), task -> {
            int from = task % blocks * rowsOfTask;
            transA(execution, a, columns, b, task / blocks, from, Math.min(columns, from + rowsOfTask), c);
        });
    }

    /** Computes some rows of one panel. The last tile repeats rows of the one before it. */
    private static void transA(Execution execution, float[] a, int columns, PackedMatrix b, int panel, int from, int to,
                               float[] c) {
        Kernels kernels = execution.kernels();
        int mr = kernels.mr();
        int nr = kernels.nr();
        float[] sums = execution.acquire((to - from + mr - 1) / mr * mr * nr);
        Arrays.fill(sums, 0f);
        for (int k = 0; k < b.depth(); k += KC) {
            int depth = Math.min(KC, b.depth() - k);
            for (int row = from; row < to; row += mr) {
                int first = Math.min(row, columns - mr);
                kernels.gemmTransAMicroKernel(a, k * columns + first, columns, b.panels(), b.panelStart(panel) + k * nr,
                        depth, sums, (row - from) * nr, nr, k > 0);
            }
        }
        int used = Math.min(nr, b.columns() - panel * nr);
        for (int row = from; row < to; row++) {
            int tile = from + (row - from) / mr * mr;
            int at = tile - from + row - Math.min(tile, columns - mr);
            System.arraycopy(sums, at * nr, c, row * b.columns() + panel * nr, used);
        }
        execution.release(sums);
    }

    /** Writes the product to c, with one offset for each row of A: {@link #multiply} without an epilogue. */
    static void multiply(Execution execution, float[] a, int[] starts, KSegment[] segments, PackedMatrix b, float[] c) {
        multiply(execution, a, new RowOffsets(starts.length, starts, 0), segments, b, Epilogue.NONE, c);
    }

    /**
     * Writes {@code c[i][j] = sum over segments and k of a[start(i) + segment.shift + k] * b[.][j]}, then applies the
     * epilogue.
     *
     * @param segments together as deep as b
     * @param c receives the product, row-major, {@code b.columns()} wide
     */
    static void multiply(Execution execution, float[] a, RowOffsets rows, KSegment[] segments, PackedMatrix b,
                         Epilogue epilogue, float[] c) {
        multiply(execution, a, rows, segments, b, epilogue, GradientEpilogue.NONE, c);
    }

    /** Writes a product to c, as above, then applies another epilogue to each block. */
    static void multiply(Execution execution, float[] a, RowOffsets rows, KSegment[] segments, PackedMatrix b,
                         Epilogue epilogue, GradientEpilogue after, float[] c) {
        int[] tail = rows.tail(execution.kernels().mr());
        KSegment[] kBlocks = kBlocks(segments);
        int panels = b.panelCount();
        boolean divisible = rows.starts().length >= rows.count();   // a task stays in one period of the offsets
        GemmTasks tasks = GemmTasks.of(rows.count(), rowBlock(rows.count()), execution.kernels().mr(), divisible, b,
                execution.workers().threads());
        float[] bias = epilogue.bias() == null ? null
                : Arrays.copyOf(epilogue.bias(), panels * execution.kernels().nr());
        execution.workers().run(tasks.rowParts() * tasks.panelParts(), task -> {
            int fromRow = task / tasks.panelParts() * tasks.rowsOfTask();
            int toRow = Math.min(fromRow + tasks.rowsOfTask(), rows.count());
            int part = task % tasks.panelParts();
            int fromPanel = part * panels / tasks.panelParts();
            int toPanel = (part + 1) * panels / tasks.panelParts();
            new MacroKernel(execution, a, rows, tail, kBlocks, b, epilogue.withBias(bias), c, 0)
                    .multiply(fromRow, toRow, fromPanel, toPanel);
            int first = fromPanel * execution.kernels().nr();
            after.apply(execution.kernels(), c, fromRow, toRow - fromRow, b.columns(), first,
                    Math.min(toPanel * execution.kernels().nr(), b.columns()) - first);
        });
    }

    private static int rowBlock(int rows) {
        return rows <= MOST_AT_ONCE ? MOST_AT_ONCE : MC;
    }

    /** Cuts segments into blocks of at most KC. */
    private static KSegment[] kBlocks(KSegment[] segments) {
        int count = 0;
        for (KSegment segment : segments) {
            count += (segment.depth() + KC - 1) / KC;
        }
        KSegment[] kBlocks = new KSegment[count];
        int next = 0;
        for (KSegment segment : segments) {
            for (int from = 0; from < segment.depth(); from += KC) {
                kBlocks[next++] = new KSegment(segment.shift() + from, Math.min(KC, segment.depth() - from));
            }
        }
        return kBlocks;
    }

    /**
     * The work of one task: some rows of C, which starts at {@code cStart}, and some panels of columns. The bias has a
     * value for each padded column.
     */
    private record MacroKernel(Execution execution, float[] a, RowOffsets rows, int[] tail, KSegment[] kBlocks,
                               PackedMatrix b, Epilogue epilogue, float[] c, int cStart) {
        void multiply(int fromRow, int toRow, int fromPanel, int toPanel) {
            int nr = execution.kernels().nr();
            int mr = execution.kernels().mr();
            boolean ragged = (toRow - fromRow) % mr != 0 || toPanel * nr > b.columns();
            float[] edge = ragged ? execution.acquire(mr * nr) : null;
            if (ragged) {
                Arrays.fill(edge, 0f);   // rows beyond the last one are added to, too
            }
            if (kBlocks.length == 0) {
                Arrays.fill(c, cStart + fromRow * b.columns(), cStart + toRow * b.columns(), 0f);
            }
            int done = 0;
            for (int block = 0; block < kBlocks.length; block++) {
                for (int panel = fromPanel; panel < toPanel; panel++) {
                    int row = multiplyWhole(block, done, panel, fromRow, toRow);
                    for (; row < toRow; row += mr) {
                        multiplyEdge(block, done, panel, row, Math.min(row + mr, toRow), edge);
                    }
                }
                done += kBlocks[block].depth();
            }
            if (ragged) {
                execution.release(edge);
            }
            if (inTiles() != epilogue) {
                int first = fromPanel * nr;
                epilogue.apply(execution.kernels(), c, cStart + fromRow * b.columns() + first, b.columns(),
                        toRow - fromRow, first, Math.min(toPanel * nr, b.columns()) - first);
            }
        }

        /**
         * Returns what the micro-kernels apply: the epilogue, or nothing if there are several blocks of K. Then the
         * epilogue is a pass over the block of C, so that the bias is added to complete sums in both cases.
         */
        private Epilogue inTiles() {
            return kBlocks.length == 1 ? epilogue : Epilogue.NONE;
        }

        /** Returns the number of columns that a kernel computes of a panel. */
        private int columns(int panel) {
            int nr = execution.kernels().nr();
            return 2 * (b.columns() - panel * nr) <= nr ? nr / 2 : nr;
        }

        /**
         * Computes the tiles of one block of K and one panel that lie inside C. Returns the first row not computed. The
         * unused columns of a single panel lie in the next rows, which are computed after them.
         */
        private int multiplyWhole(int block, int done, int panel, int fromRow, int toRow) {
            Kernels kernels = execution.kernels();
            int nr = kernels.nr();
            int mr = kernels.mr();
            int columns = columns(panel);
            boolean spills = panel * nr + columns > b.columns();
            if (spills && (block > 0 || b.panelCount() > 1)) {
                return fromRow;
            }
            int shift = kBlocks[block].shift() + fromRow / rows.starts().length * rows.step();
            int first = fromRow % rows.starts().length;
            int depth = kBlocks[block].depth();
            int bStart = b.panelStart(panel) + done * nr;
            Epilogue inTiles = inTiles();
            int stride = b.columns();
            int at = cStart + fromRow * stride + panel * nr;
            int end = spills ? toRow + 1 - (columns + stride - 1) / stride : toRow;
            int row = fromRow;
            for (; row + mr <= end; row += mr, first += mr, at += mr * stride) {
                if (block > 0) {
                    kernels.gemmMicroKernel(a, rows.starts(), first, shift, b.panels(), bStart, depth, columns, c, at,
                            stride, inTiles.least(), inTiles.greatest(), c, at, stride);
                } else {
                    kernels.gemmMicroKernel(a, rows.starts(), first, shift, b.panels(), bStart, depth, columns,
                            inTiles.bias(), panel * nr, 0, inTiles.least(), inTiles.greatest(), c, at, stride);
                }
            }
            if (spills || block > 0 || row == fromRow || row == toRow) {
                return row;
            }
            multiplyLast(shift, bStart, depth, columns, panel, fromRow, toRow);
            return toRow;
        }

        /** Computes the last tile of a block of rows. It repeats some rows of the tile before it. */
        private void multiplyLast(int shift, int bStart, int depth, int columns, int panel, int fromRow, int toRow) {
            Kernels kernels = execution.kernels();
            int nr = kernels.nr();
            boolean isShort = columns == nr && (toRow - fromRow) % kernels.mr() <= kernels.shortMr();
            int row = toRow - (isShort ? kernels.shortMr() : kernels.mr());
            int first = row - fromRow / rows.starts().length * rows.starts().length;
            int stride = b.columns();
            int at = cStart + row * stride + panel * nr;
            Epilogue inTiles = inTiles();
            if (isShort) {
                kernels.gemmShortMicroKernel(a, rows.starts(), first, shift, b.panels(), bStart, depth, inTiles.bias(),
                        panel * nr, 0, inTiles.least(), inTiles.greatest(), c, at, stride);
            } else {
                kernels.gemmMicroKernel(a, rows.starts(), first, shift, b.panels(), bStart, depth, columns,
                        inTiles.bias(), panel * nr, 0, inTiles.least(), inTiles.greatest(), c, at, stride);
            }
        }

        /** Computes one tile of one block of K that leaves C, in {@code edge}. */
        private void multiplyEdge(int block, int done, int panel, int row, int toRow, float[] edge) {
            Kernels kernels = execution.kernels();
            int nr = kernels.nr();
            int used = Math.min(nr, b.columns() - panel * nr);
            boolean allRows = row + kernels.mr() == toRow;
            int period = row / rows.starts().length;
            int[] starts = allRows ? rows.starts() : tail;
            int first = allRows ? row - period * rows.starts().length : 0;
            int shift = kBlocks[block].shift() + (allRows ? period * rows.step() : 0);
            int at = cStart + row * b.columns() + panel * nr;
            if (block > 0) {
                copy(c, at, b.columns(), edge, 0, nr, toRow - row, used);
            }
            Epilogue inTiles = inTiles();
            float[] addend = block > 0 ? edge : inTiles.bias();
            int addStart = block > 0 ? 0 : panel * nr;
            int addStride = block > 0 ? nr : 0;
            int depth = kBlocks[block].depth();
            int bStart = b.panelStart(panel) + done * nr;
            if (toRow - row <= kernels.shortMr() && columns(panel) == nr) {
                kernels.gemmShortMicroKernel(a, starts, first, shift, b.panels(), bStart, depth, addend, addStart,
                        addStride, inTiles.least(), inTiles.greatest(), edge, 0, nr);
            } else {
                kernels.gemmMicroKernel(a, starts, first, shift, b.panels(), bStart, depth, columns(panel), addend,
                        addStart, addStride, inTiles.least(), inTiles.greatest(), edge, 0, nr);
            }
            copy(edge, 0, nr, c, at, b.columns(), toRow - row, used);
        }

        private static void copy(float[] from, int start, int step, float[] to, int at, int toStep, int rows,
                                 int count) {
            for (int i = 0; i < rows; i++) {
                System.arraycopy(from, start + i * step, to, at + i * toStep, count);
            }
        }
    }
}
