package dev.sectional.core.internal.conv;

import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.internal.exec.Execution;
import dev.sectional.core.internal.kernel.Kernels;
import java.util.Arrays;

/**
 * Matrix products in which each row of the left-hand matrix is given by where it starts, so that the windows of a
 * convolution are rows without being copied.
 */
public final class Gemm {
    /** Depth of one kBlock: a panel of this depth stays in the first-level cache. */
    private static final int KC = 256;
    /** RowOffsets of one task, a multiple of every kernel's tile: with {@link #KC} they stay in the second-level cache. */
    private static final int MC = 120;
    /** Below this many multiply-adds a task costs more to hand out than to do. */
    private static final long MIN_TASK_WORK = 1 << 18;

    private Gemm() {
    }

    /**
     * Part of the depth: {@code depth} neighbouring values of each row, {@code shift} after the row's start.
     */
    public record KSegment(int shift, int depth) {
    }

    /**
     * What is done to the sums while they are in the cache.
     *
     * @param bias one value per column, added first; or null
     * @param relu whether negative ones become 0
     */
    record Epilogue(float[] bias, boolean relu) {
        static final Epilogue NONE = new Epilogue(null, false);
    }

    /**
     * {@code c = a * b} for row-major {@code a (rows, depth)} and {@code c (rows, columns)}.
     *
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

    /** The same over plain arrays: {@code a} of {@code rows} rows, {@code c} receives the product. */
    public static void multiply(Execution execution, float[] a, int rows, PackedMatrix b, float[] c) {
        if (a.length < (long) rows * b.depth() || c.length < (long) rows * b.columns()) {
            throw new IllegalArgumentException("a product of " + rows + "x" + b.depth() + "x" + b.columns() + " does not fit arrays of "
                    + a.length + " and " + c.length);
        }
        int[] starts = new int[Math.min(rows, MC)];
        Arrays.setAll(starts, i -> i * b.depth());
        multiply(execution, a, new RowOffsets(rows, starts, MC * b.depth()), new KSegment[] {new KSegment(0, b.depth())}, b, Epilogue.NONE, c);
    }

    /**
     * {@code c[i][j] = sum over segments and k of a[starts[i] + segment.shift + k] * b[.][j]}; the segments together are as deep
     * as {@code b}. {@code c} is row-major, {@code b.columns()} wide. Each value of {@code c} is summed in one fixed
     * order, whatever the number of threads.
     */
    static void multiply(Execution execution, float[] a, int[] starts, KSegment[] segments, PackedMatrix b, float[] c) {
        multiply(execution, a, new RowOffsets(starts.length, starts, 0), segments, b, Epilogue.NONE, c);
    }

    /**
     * Where the rows of the left-hand matrix start.
     *
     * @param starts of the first rows: all, or a multiple of {@link #MC}
     * @param step from a row to the one that comes as many later
     */
    record RowOffsets(int count, int[] starts, int step) {
        /** The windows of a convolution's output places. */
        static RowOffsets ofWindows(Shape output, int rowStep, int columnStep) {
            int height = output.dim(0);
            int width = output.dim(1);
            int lines = 1;
            while (lines < height && lines * width % MC != 0) {
                lines++;
            }
            int[] starts = new int[lines * width];
            Arrays.setAll(starts, place -> place / width * rowStep + place % width * columnStep);
            return new RowOffsets(height * width, starts, lines * rowStep);
        }

        int start(int row) {
            return starts[row % starts.length] + row / starts.length * step;
        }

        /** The starts of a last tile that is not full; its last row is read again, and never stored. */
        int[] tail(int tileRows) {
            int[] tail = new int[tileRows];
            Arrays.setAll(tail, i -> count == 0 ? 0 : start(Math.min(count / tileRows * tileRows + i, count - 1)));
            return tail;
        }
    }

    /** The same, finished. */
    static void multiply(Execution execution, float[] a, RowOffsets rows, KSegment[] segments, PackedMatrix b, Epilogue epilogue, float[] c) {
        int[] tail = rows.tail(execution.kernels().mr());
        KSegment[] kBlocks = kBlocks(segments);
        int rowTasks = (rows.count() + MC - 1) / MC;
        int panels = b.panelCount();
        int panelTasks = panelTasks(rows.count(), rowTasks, panels, b, execution.workers().threads());
        execution.workers().run(rowTasks * panelTasks, task -> {
            int firstRow = task / panelTasks * MC;
            int part = task % panelTasks;
            Job job = new Job(execution, a, rows, tail, kBlocks, b, c);
            int lastRow = Math.min(firstRow + MC, rows.count());
            int fromPanel = part * panels / panelTasks;
            int toPanel = (part + 1) * panels / panelTasks;
            job.rows(firstRow, lastRow, fromPanel, toPanel);
            job.finish(epilogue, firstRow, lastRow, fromPanel, toPanel);
        });
    }

    /** In how many parts the panels are dealt out: enough tasks for all threads, none too small. */
    private static int panelTasks(int rows, int rowTasks, int panels, PackedMatrix b, int threads) {
        long work = (long) rows * b.depth() * b.columns();
        long wanted = Math.min((4L * threads + rowTasks - 1) / Math.max(rowTasks, 1), work / MIN_TASK_WORK / Math.max(rowTasks, 1));
        return (int) Math.max(1, Math.min(panels, wanted));
    }

    private static KSegment[] kBlocks(KSegment[] segments) {
        int count = 0;
        for (KSegment segment : segments) {
            count += (segment.depth() + KC - 1) / KC;
        }
        KSegment[] kBlocks = new KSegment[count];
        int at = 0;
        for (KSegment segment : segments) {
            for (int from = 0; from < segment.depth(); from += KC) {
                kBlocks[at++] = new KSegment(segment.shift() + from, Math.min(KC, segment.depth() - from));
            }
        }
        return kBlocks;
    }

    private record Job(Execution execution, float[] a, RowOffsets rows, int[] tail, KSegment[] kBlocks, PackedMatrix b, float[] c) {
        void rows(int fromRow, int toRow, int fromPanel, int toPanel) {
            Kernels kernels = execution.kernels();
            int width = kernels.nr();
            int height = kernels.mr();
            int line = fromRow / rows.starts().length;
            int first = line * rows.starts().length;
            int ahead = line * rows.step();
            boolean ragged = (toRow - fromRow) % height != 0 || toPanel * width > b.columns();
            float[] edge = ragged ? execution.acquire(height * width) : null;
            int done = 0;
            for (KSegment kBlock : kBlocks) {
                for (int panel = fromPanel; panel < toPanel; panel++) {
                    int bStart = b.panelStart(panel) + done * width;
                    boolean whole = (panel + 1) * width <= b.columns();
                    for (int row = fromRow; row < toRow; row += height) {
                        boolean full = row + height <= toRow;
                        int[] starts = full ? rows.starts() : tail;
                        int at = full ? row - first : 0;
                        int shift = full ? ahead + kBlock.shift() : kBlock.shift();
                        if (whole && full) {
                            kernels.gemmMicroKernel(a, starts, at, shift, b.panels(), bStart, kBlock.depth(),
                                    c, row * b.columns() + panel * width, b.columns(), done > 0);
                        } else {
                            kernels.gemmMicroKernel(a, starts, at, shift, b.panels(), bStart, kBlock.depth(), edge, 0, width, false);
                            storeEdge(edge, row, Math.min(row + height, toRow), panel * width, done > 0);
                        }
                    }
                }
                done += kBlock.depth();
            }
            if (ragged) {
                execution.release(edge);
            }
        }

        void finish(Epilogue epilogue, int fromRow, int toRow, int fromPanel, int toPanel) {
            int columns = b.columns();
            int first = fromPanel * execution.kernels().nr();
            int count = Math.min(toPanel * execution.kernels().nr(), columns) - first;
            for (int row = fromRow; row < toRow && epilogue.bias() != null; row++) {
                execution.kernels().add(epilogue.bias(), first, c, row * columns + first, count);
            }
            if (epilogue.relu() && count == columns) {
                execution.kernels().relu(c, fromRow * columns, toRow * columns);
                return;
            }
            for (int row = fromRow; row < toRow && epilogue.relu(); row++) {
                execution.kernels().relu(c, row * columns + first, row * columns + first + count);
            }
        }

        /** The part of an edge tile that lies inside {@code c}. */
        private void storeEdge(float[] edge, int fromRow, int toRow, int column, boolean add) {
            int width = execution.kernels().nr();
            int used = Math.min(width, b.columns() - column);
            for (int row = fromRow; row < toRow; row++) {
                int from = (row - fromRow) * width;
                int to = row * b.columns() + column;
                if (add) {
                    execution.kernels().add(edge, from, c, to, used);
                } else {
                    System.arraycopy(edge, from, c, to, used);
                }
            }
        }
    }
}
