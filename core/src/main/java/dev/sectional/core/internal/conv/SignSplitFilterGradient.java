package dev.sectional.core.internal.conv;

import dev.sectional.core.ConvolutionGeometry;
import dev.sectional.core.Tensor;
import dev.sectional.core.internal.exec.Execution;
import dev.sectional.core.internal.kernel.Kernels;
import dev.sectional.core.internal.kernel.WinogradTransform;
import dev.sectional.core.internal.runtime.Workers;
import java.util.Arrays;

/**
 * The filter gradients of the two signs of a feature map r separately, {@code G+} of {@code max(r, 0)} and {@code G-}
 * of {@code max(-r, 0)}, by the transposed form of {@link Winograd}:
 * {@code G = G^T [sum over tiles of (B^T x B)(A q A^T)] G}, x being the 6 x 6 inputs below a tile and q its 4 x 4
 * values.
 *
 * <p>The sum over tiles is a matrix product, channels by outputs, at each of the 36 points. It is computed for some
 * of the outputs at a time, and in blocks of a fixed number of tiles, so that factors and sums stay in the cache, and
 * every element is summed in one order, whatever the number of threads.
 *
 * <p>{@link #packed} and {@link #rotatedFilters} are pooled memory that the caller releases.
 */
public final class SignSplitFilterGradient {
    /** Greatest number of sums computed at once: about two second-level caches. */
    private static final int MAX_SUMS = 600_000;
    /** Greatest number of transformed elements of one block: about two threads' share of the third-level cache. */
    private static final int MAX_BLOCK_ELEMENTS = 3_000_000;
    private static final int MAX_BLOCK_TILES = 256;
    private static final int MIN_BLOCK_TILES = 32;
    /** Tiles transformed by one task. */
    private static final int TASK_TILES = 4;

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
    /** Panels, of both signs, whose sums are computed at once. */
    private final int groupPanels;
    /** Tiles whose products are computed at once. */
    private final int blockTiles;
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
        int points = WinogradTransform.POINTS;
        groupPanels = evenSize(2 * panels, Math.max(1, MAX_SUMS / points / paddedChannels / panelWidth));
        int maxTiles = MAX_BLOCK_ELEMENTS / points / (channels + groupPanels * panelWidth);
        blockTiles = evenSize(tiles, Math.max(MIN_BLOCK_TILES, Math.min(MAX_BLOCK_TILES, maxTiles)));
        vStep = blockTiles * channels + Winograd.GAP;
        qStep = groupPanels * blockTiles * panelWidth + Winograd.GAP;
        sumStep = groupPanels * paddedChannels * panelWidth + Winograd.GAP;
        packed = PackedMatrix.uninitialized(execution, 9 * channels, 2 * panels * panelWidth);
    }

    /** Returns the size of equal parts of {@code all}, as few as possible, of at most {@code most} each. */
    private static int evenSize(int all, int most) {
        int parts = (all + most - 1) / most;
        return (all + parts - 1) / parts;
    }

    /**
     * Computes both filter gradients.
     *
     * @param convolution 3x3 with stride and dilation 1
     * @param x {@code (H, W, C)}
     * @param r {@code (H', W', O)}
     */
    public static SignSplitFilterGradient of(Execution execution, ConvolutionGeometry convolution, Tensor x, Tensor r) {
        if (!r.shape().equals(convolution.outputShape(x.shape(), r.shape().dim(2)))) {
            throw new IllegalArgumentException("for an input of " + x.shape() + " wanted values of shape "
                    + convolution.outputShape(x.shape(), r.shape().dim(2)) + ", got " + r.shape());
        }
        SignSplitFilterGradient gradient = new SignSplitFilterGradient(execution, convolution, x, r);
        gradient.compute();
        return gradient;
    }

    /**
     * Returns both gradients side by side, packed for {@link Winograd#forward}: columns {@code 0 .. O - 1} hold
     * {@code G+}, columns {@code negativeStart() .. negativeStart() + O - 1} hold {@code G-}. The caller releases the
     * matrix.
     */
    public PackedMatrix packed() {
        return packed;
    }

    /** Returns the first column of {@code G-}: O rounded up to whole panels. */
    public int negativeStart() {
        return panels * panelWidth;
    }

    private void compute() {
        float[] v = execution.acquire(WinogradTransform.POINTS * vStep + kernels.mr());
        float[] q = execution.acquire(WinogradTransform.POINTS * qStep);
        float[] sums = execution.acquire(WinogradTransform.POINTS * sumStep);
        clearGaps(v);
        for (int panel = 0; panel < 2 * panels; panel += groupPanels) {
            int width = Math.min(groupPanels, 2 * panels - panel);
            for (int tile = 0; tile < tiles; tile += blockTiles) {
                int count = Math.min(blockTiles, tiles - tile);
                transform(tile, count, panel, width, panel == 0 || blockTiles < tiles, v, q);
                multiply(count, width, v, q, sums, tile > 0);
            }
            storeFilters(panel, width, sums);
        }
        execution.release(v);
        execution.release(q);
        execution.release(sums);
    }

    /**
     * Clears what the last tile of rows of a point reads past the channels: the results are unused, but subnormals
     * are slow.
     */
    private void clearGaps(float[] v) {
        for (int point = 0; point < WinogradTransform.POINTS; point++) {
            Arrays.fill(v, (point + 1) * vStep - Winograd.GAP, (point + 1) * vStep, 0f);
        }
        Arrays.fill(v, WinogradTransform.POINTS * vStep, v.length, 0f);
    }

    /** Transforms the values of some tiles for some panels, and the inputs of the tiles if {@code inputs} is true. */
    private void transform(int first, int count, int firstPanel, int width, boolean inputs, float[] v, float[] q) {
        workers.run((count + TASK_TILES - 1) / TASK_TILES, task -> {
            float[] scratch = execution.acquire(WinogradTransform.POINTS * Math.max(channels, panelWidth));
            float[] edge = execution.acquire(WinogradTransform.POINTS * Math.max(channels, outputs));
            for (int i = task * TASK_TILES; i < Math.min(count, (task + 1) * TASK_TILES); i++) {
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
        int window = WinogradTransform.WINDOW;
        int height = x.shape().dim(0);
        int width = x.shape().dim(1);
        int top = row - convolution.rows().before();
        int left = column - convolution.columns().before();
        if (top >= 0 && left >= 0 && top + window <= height && left + window <= width) {
            int start = (top * width + left) * channels;
            kernels.winogradInput(x.data(), start, width * channels, channels, channels, scratch, v, to, vStep);
        } else {
            PaddedWindow.copy(x.data(), height, width, channels, top, left, window, edge);
            kernels.winogradInput(edge, 0, window * channels, channels, channels, scratch, v, to, vStep);
        }
    }

    private void transformValues(int row, int column, int firstPanel, int count, float[] scratch,
                                 float[] edge, float[] q, int to) {
        int side = WinogradTransform.TILE;
        int height = r.shape().dim(0);
        int width = r.shape().dim(1);
        boolean inside = row + side <= height && column + side <= width;
        if (!inside) {
            PaddedWindow.copy(r.data(), height, width, outputs, row, column, side, edge);
        }
        float[] from = inside ? r.data() : edge;
        int start = inside ? (row * width + column) * outputs : 0;
        int rowStep = (inside ? width : side) * outputs;
        for (int i = 0; i < count; i++) {
            int sign = firstPanel + i < panels ? 1 : -1;
            int output = (firstPanel + i) % panels * panelWidth;
            int used = Math.min(panelWidth, outputs - output);
            int qStart = i * blockTiles * panelWidth + to;
            kernels.winogradOutputGradient(from, start + output, rowStep, outputs, used, sign, scratch,
                    q, qStart, qStep);
            for (int point = 0; used < panelWidth && point < WinogradTransform.POINTS; point++) {
                Arrays.fill(q, qStart + point * qStep + used, qStart + point * qStep + panelWidth, 0f);
            }
        }
    }

    private void multiply(int depth, int width, float[] v, float[] q, float[] sums, boolean add) {
        workers.run(WinogradTransform.POINTS * width, task -> {
            int point = task / width;
            int panel = task % width;
            int qStart = point * qStep + panel * blockTiles * panelWidth;
            for (int row = 0; row < channels; row += kernels.mr()) {   // rows past the channels are never read
                int to = point * sumStep + (panel * paddedChannels + row) * panelWidth;
                kernels.gemmTransAMicroKernel(v, point * vStep + row, channels, q, qStart, depth,
                        sums, to, panelWidth, add);
            }
        });
    }

    /** Transforms the sums of some panels back to filters. */
    private void storeFilters(int firstPanel, int width, float[] sums) {
        workers.run(width, panel -> {
            float[] scratch = execution.acquire(WinogradFilters.SCRATCH);
            for (int from = 0; from < channels * panelWidth; from += WinogradFilters.BLOCK) {
                int count = Math.min(WinogradFilters.BLOCK, channels * panelWidth - from);
                int start = panel * paddedChannels * panelWidth + from;
                kernels.winogradFilterGradient(sums, start, sumStep, count, scratch, packed.panels(),
                        packed.panelStart(firstPanel + panel) + from, channels * panelWidth);
            }
            execution.release(scratch);
        });
    }

    /**
     * Returns the rotated filters, with input and output channels exchanged, of {@code G+} and {@code G-} one after
     * the other, for {@link Winograd#inputGradient} of {@code s+} and {@code -s-} together. The caller releases the
     * matrix.
     */
    public PackedMatrix rotatedFilters() {
        int columnPanels = (channels + panelWidth - 1) / panelWidth;
        PackedMatrix rotated = PackedMatrix.uninitialized(execution, 9 * 2 * outputs, channels);
        workers.run(columnPanels * 9, task -> {
            int columns = task / 9;
            int offset = task % 9;
            int first = columns * panelWidth;
            int used = Math.min(panelWidth, channels - first);
            for (int row = 0; row < 2 * outputs; row++) {
                int o = row % outputs;
                int panel = row / outputs * panels + o / panelWidth;
                int from = packed.panelStart(panel) + ((8 - offset) * channels + first) * panelWidth + o % panelWidth;
                int to = rotated.panelStart(columns) + (offset * 2 * outputs + row) * panelWidth;
                for (int c = 0; c < used; c++) {
                    rotated.panels()[to + c] = packed.panels()[from + c * panelWidth];
                }
            }
        });
        return rotated;
    }
}
