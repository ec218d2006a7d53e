package dev.sectional.core.internal.conv;

import dev.sectional.core.ConvolutionGeometry;
import dev.sectional.core.Tensor;
import dev.sectional.core.internal.exec.Execution;
import dev.sectional.core.internal.kernel.Kernels;
import dev.sectional.core.internal.kernel.WinogradTransform;
import dev.sectional.core.internal.runtime.Workers;

/**
 * The filter gradients of the two signs of a map r apart, {@code G+} of {@code max(r, 0)} and {@code G-} of
 * {@code max(-r, 0)}, by the transposed form of {@link Winograd}:
 * {@code G = G^T [sum over tiles of (B^T x B)(A q A^T)] G} with x the 6 x 6 inputs below a tile and q its 4 x 4 values.
 * The sum over tiles is a matrix product, channels by outputs, at each of the 36 points; it is taken for some of the outputs at a
 * time, and in pieces of a fixed number of tiles, so that factors and sums stay in the cache, and each value is summed in one order
 * whatever the threads.
 */
public final class SignSplitFilterGradient {
    /** Sums that are taken at once, at most: about two second-level caches. */
    private static final int SUM_VALUES = 600_000;
    /** Transformed values of one piece, at most: about the share of the third-level cache that two threads have. */
    private static final int PIECE_VALUES = 3_000_000;
    private static final int MOST_TILES = 256;
    private static final int LEAST_TILES = 32;
    private static final int TASK = 4;

    private final Execution execution;
    private final Kernels kernels;
    private final Workers workers;
    private final ConvolutionGeometry convolution;
    private final Tensor x;
    private final Tensor r;
    private final int channels;
    private final int outputs;
    private final int panelWidth;
    private final int panels;
    private final int paddedChannels;
    private final int tileColumns;
    private final int tiles;
    /** Panels, of both signs, whose sums are taken at once. */
    private final int group;
    /** Tiles whose products are taken at once. */
    private final int piece;
    private final int vStep;
    private final int qStep;
    private final int sumStep;
    private final PackedMatrix packed;

    private SignSplitFilterGradient(Execution execution, ConvolutionGeometry convolution, Tensor x, Tensor r) {
        kernels = execution.kernels();
        this.execution = execution;
        workers = execution.workers();
        this.convolution = convolution;
        this.x = x;
        this.r = r;
        channels = x.shape().dim(2);
        outputs = r.shape().dim(2);
        panelWidth = kernels.nr();
        panels = (outputs + panelWidth - 1) / panelWidth;
        paddedChannels = (channels + kernels.mr() - 1) / kernels.mr() * kernels.mr();
        tileColumns = Winograd.tiles(r.shape().dim(1));
        tiles = Winograd.tiles(r.shape().dim(0)) * tileColumns;
        group = even(2 * panels, Math.max(1, SUM_VALUES / WinogradTransform.POINTS / paddedChannels / panelWidth));
        piece = even(tiles, Math.max(LEAST_TILES, Math.min(MOST_TILES, PIECE_VALUES / WinogradTransform.POINTS / (channels + group * panelWidth))));
        vStep = piece * channels + Winograd.GAP;
        qStep = group * piece * panelWidth + Winograd.GAP;
        sumStep = group * paddedChannels * panelWidth + Winograd.GAP;
        packed = PackedMatrix.uninitialized(execution, 9 * channels, 2 * panels * panelWidth);
    }

    /** The size of as few equal parts of {@code all} as have at most {@code most} each. */
    private static int even(int all, int most) {
        int parts = (all + most - 1) / most;
        return (all + parts - 1) / parts;
    }

    /**
     * @param convolution of a 3x3 kernel that moves by one place
     * @param x {@code (H, W, C)}
     * @param r {@code (H', W', O)}
     */
    public static SignSplitFilterGradient of(Execution execution, ConvolutionGeometry convolution, Tensor x, Tensor r) {
        if (!r.shape().equals(convolution.outputShape(x.shape(), r.shape().dim(2)))) {
            throw new IllegalArgumentException("for an input of " + x.shape() + " wanted values of shape "
                    + convolution.outputShape(x.shape(), r.shape().dim(2)) + ", got " + r.shape());
        }
        SignSplitFilterGradient filters = new SignSplitFilterGradient(execution, convolution, x, r);
        filters.compute();
        return filters;
    }

    /** Both, for {@link Winograd#forward}, to be given back: the outputs of {@code G+}, and from column {@link #negativeStart} on those of {@code G-}. */
    public PackedMatrix packed() {
        return packed;
    }

    /** The first column of {@code G-}: the number of outputs, rounded up to whole panels. */
    public int negativeStart() {
        return panels * panelWidth;
    }

    private void compute() {
        float[] v = execution.acquire(WinogradTransform.POINTS * vStep + kernels.mr());
        float[] q = execution.acquire(WinogradTransform.POINTS * qStep);
        float[] sums = execution.acquire(WinogradTransform.POINTS * sumStep);
        for (int panel = 0; panel < 2 * panels; panel += group) {
            int width = Math.min(group, 2 * panels - panel);
            for (int tile = 0; tile < tiles; tile += piece) {
                int count = Math.min(piece, tiles - tile);
                transform(tile, count, panel, width, panel == 0 || piece < tiles, v, q);
                multiply(count, width, v, q, sums, tile > 0);
            }
            gradient(panel, width, sums);
        }
        execution.release(v);
        execution.release(q);
        execution.release(sums);
    }

    /** Inputs, unless they are there already, and values of some tiles to their points, the values for some panels. */
    private void transform(int first, int count, int firstPanel, int width, boolean inputs, float[] v, float[] q) {
        workers.run((count + TASK - 1) / TASK, task -> {
            float[] scratch = execution.acquire(WinogradTransform.POINTS * Math.max(channels, panelWidth));
            float[] edge = execution.acquire(WinogradTransform.POINTS * Math.max(channels, outputs));
            for (int i = task * TASK; i < Math.min(count, (task + 1) * TASK); i++) {
                int row = (first + i) / tileColumns * WinogradTransform.TILE;
                int column = (first + i) % tileColumns * WinogradTransform.TILE;
                if (inputs) {
                    transformInput(row, column, scratch, edge, v, i * channels);
                }
                transformValues(row, column, firstPanel, width, scratch, edge, q, i * panelWidth);
            }
            execution.release(scratch);
            execution.release(edge);
        });
    }

    private void transformInput(int row, int column, float[] scratch, float[] edge, float[] v, int to) {
        int height = x.shape().dim(0);
        int width = x.shape().dim(1);
        int top = row - convolution.rows().before();
        int left = column - convolution.columns().before();
        if (top >= 0 && left >= 0 && top + WinogradTransform.WINDOW <= height && left + WinogradTransform.WINDOW <= width) {
            kernels.winogradInput(x.data(), (top * width + left) * channels, width * channels, channels, channels, scratch, v, to, vStep);
        } else {
            PaddedWindow.copy(x.data(), height, width, channels, top, left, WinogradTransform.WINDOW, edge);
            kernels.winogradInput(edge, 0, WinogradTransform.WINDOW * channels, channels, channels, scratch, v, to, vStep);
        }
    }

    private void transformValues(int row, int column, int firstPanel, int count, float[] scratch, float[] edge, float[] q, int to) {
        int height = r.shape().dim(0);
        int width = r.shape().dim(1);
        boolean inside = row + WinogradTransform.TILE <= height && column + WinogradTransform.TILE <= width;
        if (!inside) {
            PaddedWindow.copy(r.data(), height, width, outputs, row, column, WinogradTransform.TILE, edge);
        }
        float[] from = inside ? r.data() : edge;
        int start = inside ? (row * width + column) * outputs : 0;
        int rowStep = (inside ? width : WinogradTransform.TILE) * outputs;
        for (int i = 0; i < count; i++) {
            int sign = firstPanel + i < panels ? 1 : -1;
            int output = (firstPanel + i) % panels * panelWidth;
            kernels.winogradOutputGradient(from, start + output, rowStep, outputs, Math.min(panelWidth, outputs - output), sign, scratch,
                    q, i * piece * panelWidth + to, qStep);
        }
    }

    private void multiply(int depth, int width, float[] v, float[] q, float[] sums, boolean add) {
        workers.run(WinogradTransform.POINTS * width, task -> {
            int point = task / width;
            int panel = task % width;
            for (int row = 0; row < channels; row += kernels.mr()) {   // rows past the channels are never read
                kernels.gemmTransAMicroKernel(v, point * vStep + row, channels, q, point * qStep + panel * piece * panelWidth, depth,
                        sums, point * sumStep + (panel * paddedChannels + row) * panelWidth, panelWidth, add);
            }
        });
    }

    /** Sums of some panels to their filters. */
    private void gradient(int firstPanel, int width, float[] sums) {
        workers.run(width, panel -> {
            float[] scratch = execution.acquire(WinogradTransform.POINTS / 2 * Winograd.LINE);
            for (int from = 0; from < channels * panelWidth; from += Winograd.LINE) {
                int count = Math.min(Winograd.LINE, channels * panelWidth - from);
                kernels.winogradFilterGradient(sums, panel * paddedChannels * panelWidth + from, sumStep, count, scratch,
                        packed.panels(), packed.panelStart(firstPanel + panel) + from, channels * panelWidth);
            }
            execution.release(scratch);
        });
    }

    /**
     * The filters of the input gradient of {@code s+} and {@code -s-} together, {@link Winograd#inputGradient}: rotated, inputs
     * and outputs exchanged, those of {@code G+} before those of {@code G-}. To be given back.
     */
    public PackedMatrix rotatedFilters() {
        int columnPanels = (channels + panelWidth - 1) / panelWidth;
        PackedMatrix rotated = PackedMatrix.uninitialized(execution, 9 * 2 * outputs, channels);
        workers.run(columnPanels * 9, task -> {
            int columns = task / 9;
            int tap = task % 9;
            int first = columns * panelWidth;
            int used = Math.min(panelWidth, channels - first);
            for (int row = 0; row < 2 * outputs; row++) {
                int o = row % outputs;
                int panel = row / outputs * panels + o / panelWidth;
                int from = packed.panelStart(panel) + ((8 - tap) * channels + first) * panelWidth + o % panelWidth;
                int to = rotated.panelStart(columns) + (tap * 2 * outputs + row) * panelWidth;
                for (int c = 0; c < used; c++) {
                    rotated.panels()[to + c] = packed.panels()[from + c * panelWidth];
                }
            }
        });
        return rotated;
    }
}
