package dev.sectional.core.internal.conv;

import dev.sectional.core.ConvolutionGeometry;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.internal.exec.Execution;
import dev.sectional.core.internal.kernel.Kernels;
import dev.sectional.core.internal.kernel.WinogradTransform;
import dev.sectional.core.internal.runtime.Workers;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Convolution with 3x3 filters, or parts of a {@link SplitKernel}, and stride 1 by Winograd's minimal filtering
 * F(4x4, 3x3) (Lavin and Gray, 2016): a tile of 4 x 4 outputs takes 36 products per pair of channels instead of 144.
 * {@code Y = A^T [sum over channels of (G g G^T)(B^T d B)] A}, d being the 6 x 6 inputs below a tile and g the filter.
 *
 * <p>With the channels last, each of the 36 points is a matrix product, tiles by channels. A block of tiles goes
 * through all steps before the next one starts, so that it stays in the second-level cache. Filters are transformed
 * panel by panel on the way, which costs less than reading transformed filters, four times as large, from memory.
 *
 * <p>An output whose whole window is 0 is exactly 0 (before the bias), as from {@link DirectConvolution}: the
 * rounding errors of its tile are kept out, because relevance rules distinguish such positions.
 */
public final class Winograd {
    private static final int POINTS = WinogradTransform.POINTS;
    /** With fewer blocks than this, if the threads cannot share them evenly, the panels are divided as well. */
    private static final int FEW_BLOCKS = 8;
    /** Parts of the points that each task transforms filters for at once: they stay in the second-level cache. */
    private static final int PARTS = 3;
    /**
     * Unused elements between points, which keep the 36 points of one tile out of a single set of the first-level
     * cache.
     */
    static final int GAP = 16;

    private final Kernels kernels;
    private final Execution execution;
    private final Workers workers;
    private final List<WinogradBatchItem> items;
    private final PackedMatrix filters;
    private final int top;
    private final int left;
    private final float[] bias;
    private final boolean relu;
    private final Shape output;
    private final int height;
    private final int width;
    private final WinogradBlocking blocking;
    /** Parts into which the points are divided: filters are transformed for one part at a time. */
    private final int parts;
    private final WinogradFilters transform;
    /** The transformed filters of all panels, or null if each task transforms those that it needs. */
    private float[] transformedFilters;

    private Winograd(Execution execution, List<WinogradBatchItem> items, PackedMatrix filters, int top, int left,
                     float[] bias, boolean relu) {
        kernels = execution.kernels();
        this.execution = execution;
        workers = execution.workers();
        this.items = items;
        this.filters = filters;
        this.top = top;
        this.left = left;
        this.relu = relu;
        output = items.get(0).y().shape();
        Shape input = items.get(0).inputs().get(0).featureMap().shape();
        height = input.dim(0);
        width = input.dim(1);
        blocking = new WinogradBlocking(kernels, filters.depth() / 9, output, items.size());
        parts = blocking.blocks > 1 && !blocking.deep ? 1 : PARTS;
        transform = new WinogradFilters(kernels, filters, blocking, parts);
        this.bias = bias == null ? null : Arrays.copyOf(bias, filters.panelCount() * blocking.panelWidth);
    }

    /** Returns the number of tiles along a side of {@code positions} outputs. */
    static int tiles(int positions) {
        return (positions + WinogradTransform.TILE - 1) / WinogradTransform.TILE;
    }

    /**
     * Returns the convolution with bias and ReLU.
     *
     * @param convolution at most 6x6 with stride and dilation 1
     * @param x {@code (H, W, C)}
     * @param filters from {@link DirectConvolution#pack}, unless 3x3 those of {@link SplitKernel#filters}
     * @param bias one value per output channel, or null for none
     * @param relu whether negative outputs become 0
     * @return {@code (H', W', O)}, owned by the caller
     */
    public static Tensor forward(Execution execution, ConvolutionGeometry convolution, Tensor x, PackedMatrix filters,
                                 float[] bias, boolean relu) {
        return forward(execution, convolution, List.of(x), filters, bias, relu).get(0);
    }

    /**
     * Returns the convolutions of a batch of feature maps of one shape, with the same bits as one by one. Filters are
     * transformed for the whole batch, and fewer rows of the products are padding.
     *
     * @param xs at least one {@code (H, W, C)}
     */
    public static List<Tensor> forward(Execution execution, ConvolutionGeometry convolution, List<Tensor> xs,
                                       PackedMatrix filters, float[] bias, boolean relu) {
        Shape input = xs.get(0).shape();
        requireFit(convolution, filters, input.dim(2) * SplitKernel.parts(convolution));
        Shape output = convolution.outputShape(input, filters.columns());
        List<WinogradBatchItem> items = new ArrayList<>();
        for (Tensor x : xs) {
            if (!x.shape().equals(input)) {
                throw new IllegalArgumentException("feature maps of one batch have one shape, got " + input
                        + " and " + x.shape());
            }
            items.add(new WinogradBatchItem(SplitKernel.inputs(convolution, x), execution.tensor(output),
                    convolution.rows().size(), convolution.columns().size()));
        }
        new Winograd(execution, items, filters, convolution.rows().before(), convolution.columns().before(), bias,
                relu).run();
        return items.stream().map(WinogradBatchItem::y).toList();
    }

    /**
     * Returns the input gradient, as {@link DirectConvolution#inputGradient}: a convolution with the rotated filters.
     *
     * @param convolution 3x3 with stride and dilation 1
     * @param outputGradient feature maps {@code (H', W', .)} whose channels together are those of
     *     {@code rotatedFilters}
     * @param rotatedFilters from {@link DirectConvolution#packRotated}
     * @param input shape {@code (H, W, C)} of x
     * @return {@code (H, W, C)}, owned by the caller
     */
    public static Tensor inputGradient(Execution execution, ConvolutionGeometry convolution,
                                       List<WinogradInput> outputGradient, PackedMatrix rotatedFilters, Shape input) {
        requireFit(convolution, rotatedFilters, outputGradient.stream().mapToInt(WinogradInput::channels).sum());
        Tensor gradient = execution.tensor(input);
        int top = 2 - convolution.rows().before();
        int left = 2 - convolution.columns().before();
        convolve(execution, outputGradient, rotatedFilters, top, left, null, false, gradient);
        return gradient;
    }

    private static void requireFit(ConvolutionGeometry convolution, PackedMatrix filters, int channels) {
        boolean fits = SplitKernel.parts(convolution) > 0 && filters.depth() == 9 * channels;
        if (!fits || !convolution.hasUnitSteps()) {
            throw new IllegalArgumentException("wanted a 3x3 kernel of stride 1, or parts of a larger one, over "
                    + filters.depth() / 9 + " channels, got " + convolution + " over " + channels);
        }
    }

    /**
     * Writes a convolution to y.
     *
     * @param inputs feature maps {@code (H, W, .)} of one height and width, whose channels together are the input's
     * @param filters {@code (3, 3, C, O)}, packed
     * @param top,left rows and columns of zero padding before the input
     * @param bias one value per output channel, or null for none
     * @param relu whether negative outputs become 0
     * @param y {@code (H', W', O)}; positions beyond the input count as 0
     */
    static void convolve(Execution execution, List<WinogradInput> inputs, PackedMatrix filters, int top, int left,
                         float[] bias, boolean relu, Tensor y) {
        new Winograd(execution, List.of(new WinogradBatchItem(inputs, y, 3, 3)), filters, top, left, bias, relu).run();
    }

    private void run() {
        items.forEach(item -> item.findZeros(workers, top, left));
        boolean transformOnce = parts == 1;
        if (transformOnce) {
            int size = POINTS * blocking.uStep;
            transformedFilters = execution.acquire(filters.panelCount() * size);
            transformAllFilters(size);
        }
        if (blocking.blocks >= FEW_BLOCKS || blocking.blocks % workers.threads() == 0) {
            runBlocks();
        } else {
            runPanels();
        }
        if (transformOnce) {
            execution.release(transformedFilters);
        }
    }

    /** Runs one task for each block of tiles. */
    private void runBlocks() {
        workers.run(blocking.blocks, block -> {
            Space space = new Space();
            float[] v = execution.acquire(blocking.vBlock);
            for (int tile = blocking.firstTile(block); tile < blocking.endTile(block); tile++) {
                transform(space, tile, v, 0);
            }
            clearPadding(block, v, 0);
            for (int panel = 0; panel < filters.panelCount(); panel++) {
                multiply(space, block, panel, v, 0);
            }
            execution.release(v);
            space.release();
        });
    }

    /** Transforms all inputs first, then runs one task for each block and panel. */
    private void runPanels() {
        int panels = filters.panelCount();
        int taskTiles = WinogradTransform.TILE;
        float[] v = execution.acquire(blocking.blocks * blocking.vBlock);
        workers.run((blocking.tiles + taskTiles - 1) / taskTiles, task -> {
            Space space = new Space();
            for (int tile = task * taskTiles; tile < Math.min(blocking.tiles, (task + 1) * taskTiles); tile++) {
                transform(space, tile, v, tile / blocking.blockTiles * blocking.vBlock);
            }
            space.release();
        });
        clearPadding(blocking.blocks - 1, v, (blocking.blocks - 1) * blocking.vBlock);
        workers.run(blocking.blocks * panels, task -> {
            Space space = new Space();
            multiply(space, task / panels, task % panels, v, task / panels * blocking.vBlock);
            space.release();
        });
        execution.release(v);
    }

    /** Transforms the filters of all panels, once for all blocks. */
    private void transformAllFilters(int size) {
        workers.run(filters.panelCount(), panel -> {
            float[] scratch = execution.acquire(WinogradFilters.SCRATCH);
            transform.compute(panel, 0, 0, blocking.depth, scratch, transformedFilters, panel * size);
            execution.release(scratch);
        });
    }

    /** The pooled buffers of one task. */
    private final class Space {
        /** Scratch space of the kernels, also for the channels of one block. */
        final float[] scratch = execution.acquire(WinogradFilters.SCRATCH);
        /** An input window or an output tile that leaves its feature map. */
        final float[] edge = execution.acquire(POINTS * Math.max(blocking.depth, blocking.panelWidth));
        /** Transformed filters of one panel: (point, input channel, output channel). */
        final float[] u = execution.acquire(transformedFilters == null ? POINTS / parts * blocking.uStep : 0);
        /** Products of one panel: (point, tile, output channel). */
        final float[] m = execution.acquire(POINTS * blocking.mStep);

        void release() {
            execution.release(scratch);
            execution.release(edge);
            execution.release(u);
            execution.release(m);
        }
    }

    /**
     * Transforms the input of one tile to its 36 points, in the transformed inputs of its block from {@code vStart}
     * on.
     */
    private void transform(Space space, int tile, float[] v, int vStart) {
        int window = WinogradTransform.WINDOW;
        int row = tile % blocking.tilesOfImage / blocking.tileColumns * WinogradTransform.TILE - top;
        int column = tile % blocking.tileColumns * WinogradTransform.TILE - left;
        int first = 0;
        for (WinogradInput input : items.get(tile / blocking.tilesOfImage).inputs()) {
            int channels = input.channels();
            int y = row + input.down();
            int at = column + input.right();
            boolean inside = y >= 0 && at >= 0 && y + window <= height && at + window <= width;
            if (inside && input.sign() == 0) {
                int start = (y * width + at) * channels;
                transform(space, input.featureMap().data(), start, width * channels, channels, first, tile, v, vStart);
            } else {
                PaddedWindow.copy(input.featureMap().data(), height, width, channels, y, at, window, space.edge);
                if (input.sign() != 0) {
                    int count = window * window * channels;
                    kernels.combineWithAbs(0.5f, 0.5f * input.sign(), space.edge, 0, space.edge, 0, count);
                }
                transform(space, space.edge, 0, window * channels, channels, first, tile, v, vStart);
            }
            first += channels;
        }
    }

    /**
     * Transforms the channels of one input, which are those from {@code first} on among all, channel block by channel
     * block.
     */
    private void transform(Space space, float[] x, int start, int rowStep, int channels, int first, int tile,
                           float[] v, int vStart) {
        int channelBlock = blocking.channelBlock;
        int row = vStart + tile % blocking.blockTiles * channelBlock;
        for (int c = 0; c < channels; ) {
            int channel = (first + c) % channelBlock;
            int count = Math.min(channels - c, channelBlock - channel);
            int to = row + (first + c) / channelBlock * blocking.vChannelBlock + channel;
            kernels.winogradInput(x, start + c, rowStep, channels, count, space.scratch, v, to, blocking.vStep);
            c += count;
        }
    }

    /**
     * Clears the rows of the transformed inputs between the last tile and the next multiple of mr. Micro-kernels
     * multiply them, although nobody reads the products: stale subnormals would cost 150 cycles each on Intel
     * processors.
     */
    private void clearPadding(int block, float[] v, int vStart) {
        int count = blocking.endTile(block) - blocking.firstTile(block);
        int from = count * blocking.channelBlock;
        int to = blocking.roundUp(count) * blocking.channelBlock;
        for (int start = vStart; from < to && start < vStart + blocking.vBlock; start += blocking.vStep) {
            Arrays.fill(v, start + from, start + to, 0f);
        }
    }

    /** Computes all outputs of one panel for one block of tiles. */
    private void multiply(Space space, int block, int panel, float[] v, int vStart) {
        int panelWidth = blocking.panelWidth;
        int firstTile = blocking.firstTile(block);
        int count = blocking.endTile(block) - firstTile;
        float[] u = transformedFilters == null ? space.u : transformedFilters;
        int uStart = transformedFilters == null ? 0 : panel * POINTS * blocking.uStep;
        for (int from = 0; from < blocking.depth; from += blocking.channelBlock) {
            int channels = Math.min(blocking.channelBlock, blocking.depth - from);
            int vFrom = vStart + from / blocking.channelBlock * blocking.vChannelBlock;
            for (int point = 0; point < POINTS; point++) {
                int ofPart = point % (POINTS / parts);
                if (transformedFilters == null && ofPart == 0) {
                    transform.compute(panel, point * parts / POINTS, from, channels, space.scratch, u, 0);
                }
                multiplyPoint(v, vFrom + point * blocking.vStep, u, uStart + ofPart * blocking.uStep, channels, count,
                        from > 0 ? space.m : null, space.m, point * blocking.mStep);
            }
        }
        for (int i = 0; i < count; i++) {
            store(space, i, firstTile + i, panel * panelWidth);
        }
    }

    /** Multiplies the channels of one block at one point: {@code count} tiles by one panel. */
    private void multiplyPoint(float[] v, int vStart, float[] u, int uStart, int channels, int count, float[] addend,
                               float[] m, int mStart) {
        int width = blocking.panelWidth;
        for (int row = 0; row < count; row += kernels.mr()) {
            int at = mStart + row * width;
            if (count - row <= kernels.shortMr()) {
                kernels.gemmShortMicroKernel(v, blocking.rows, row, vStart, u, uStart, channels, addend, at, width,
                        Float.NEGATIVE_INFINITY, Float.POSITIVE_INFINITY, m, at, width);
            } else {
                kernels.gemmMicroKernel(v, blocking.rows, row, vStart, u, uStart, channels, width, addend, at, width,
                        Float.NEGATIVE_INFINITY, Float.POSITIVE_INFINITY, m, at, width);
            }
        }
    }

    /** Transforms the products of one tile and panel to outputs. */
    private void store(Space space, int from, int tile, int firstChannel) {
        int side = WinogradTransform.TILE;
        int panelWidth = blocking.panelWidth;
        WinogradBatchItem item = items.get(tile / blocking.tilesOfImage);
        float[] y = item.y().data();
        int channels = output.dim(2);
        int row = tile % blocking.tilesOfImage / blocking.tileColumns * side;
        int column = tile % blocking.tileColumns * side;
        int rows = Math.min(side, output.dim(0) - row);
        int columns = Math.min(side, output.dim(1) - column);
        int used = Math.min(panelWidth, channels - firstChannel);
        int rowStep = output.dim(1) * channels;
        int yStart = row * rowStep + column * channels + firstChannel;
        if (rows == side && columns == side && used == panelWidth) {
            kernels.winogradOutput(space.m, from * panelWidth, blocking.mStep, panelWidth, bias, firstChannel, relu,
                    space.scratch, y, yStart, rowStep, channels);
        } else {
            kernels.winogradOutput(space.m, from * panelWidth, blocking.mStep, panelWidth, bias, firstChannel, relu,
                    space.scratch, space.edge, 0, side * panelWidth, panelWidth);
            for (int i = 0; i < rows; i++) {
                for (int j = 0; j < columns; j++) {
                    int to = yStart + i * rowStep + j * channels;
                    System.arraycopy(space.edge, (i * side + j) * panelWidth, y, to, used);
                }
            }
        }
        for (int i = 0; item.hasZeroWindows() && i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                if (item.isZeroWindow(row + i - top, column + j - left)) {
                    clear(y, yStart + i * rowStep + j * channels, firstChannel, used);
                }
            }
        }
    }

    /** Writes the outputs of a window of zeros: bias and ReLU alone. */
    private void clear(float[] y, int start, int firstChannel, int count) {
        for (int i = 0; i < count; i++) {
            float value = bias == null ? 0f : bias[firstChannel + i];
            y[start + i] = relu ? Math.max(value, 0f) : value;
        }
    }
}
