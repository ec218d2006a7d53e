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
 * ConvolutionGeometry with 3x3 filters and stride 1 by Winograd's minimal filtering F(4x4, 3x3) (Lavin, Gray 2016): a tile of 4 x 4
 * outputs takes 36 products per pair of channels in place of 144. {@code Y = A^T [sum over channels of (G g G^T)(B^T d B)] A}
 * with d the 6 x 6 inputs below a tile and g the filter.
 *
 * <p>With the channels last each of the 36 points is a plain matrix product, tiles by channels. A block of tiles goes
 * through all steps before the next one begins, so that it stays in the second-level cache; the filters are transformed
 * on the way, panel by panel, which costs less than to read transformed ones, four times as large, from memory.
 *
 * <p>A place whose whole window is 0 gets exactly 0 (before the bias), as from the direct form: rounding errors of the
 * other places of its tile are kept out, because relevance rules tell such places from the rest.
 */
public final class Winograd {
    /** Values of one panel's filters at one point that are transformed at once, at most; half of it where blocks have many tiles and share the cache with them. */
    private static final int PANEL_VALUES = 4096;
    /** So many channels may be transformed at once in any case: sums are loaded and stored for each pass. */
    private static final int LEAST_DEPTH = 128;
    /** Transformed inputs of a block, at most, where the channels are few. */
    private static final int BLOCK_VALUES = 130_000;
    private static final int LEAST_TILES = 40;
    /** With more channels than one pass takes, filters are transformed again for every block: fewer, larger ones. */
    private static final int LARGE_TILES = 100;
    /** So many where panels are narrow: processors with narrow vectors have second-level caches of half the size. Also what counts as many tiles. */
    private static final int MANY_TILES = 50;
    private static final int NARROW_PANEL = 16;
    /** With fewer blocks than this, where the threads cannot share them evenly, the panels are shared out as well. */
    private static final int FEW_BLOCKS = 8;
    /** Values of filters that are transformed at once, at most. Nine streams come from memory: the longer the pieces, the more is fetched ahead. */
    static final int LINE = 1024;
    /** Keeps the 36 points of one tile out of a single set of the first-level cache. */
    static final int GAP = 16;

    private final Kernels kernels;
    private final Execution execution;
    private final Workers workers;
    private final List<WinogradBatchItem> tasks;
    private final PackedMatrix filters;
    private final int top;
    private final int left;
    private final float[] bias;
    private final boolean relu;
    private final Shape output;
    private final int height;
    private final int width;
    private final int depth;
    /** Whether the channels are more than one pass takes. */
    private final boolean deep;
    private final int panelWidth;
    private final int tileColumns;
    private final int tilesOfMap;
    private final int tiles;
    private final int blockTiles;
    /** Transformed inputs of a block: pass, point, tile, channel of the pass. What one product reads lies together. */
    private final int vBlock;
    private final int vPass;
    private final int vStep;
    private final int mStep;
    private final int uStep;
    private final int pass;
    private final int[] rows;
    private float[] transformed;

    private Winograd(Execution execution, List<WinogradBatchItem> tasks, PackedMatrix filters, int top, int left, float[] bias, boolean relu) {
        kernels = execution.kernels();
        this.execution = execution;
        workers = execution.workers();
        this.tasks = tasks;
        this.filters = filters;
        this.top = top;
        this.left = left;
        this.relu = relu;
        output = tasks.get(0).y().shape();
        Shape input = tasks.get(0).inputs().get(0).featureMap().shape();
        height = input.dim(0);
        width = input.dim(1);
        depth = filters.depth() / 9;
        panelWidth = kernels.nr();
        this.bias = bias == null ? null : Arrays.copyOf(bias, filters.panelCount() * panelWidth);
        tileColumns = tiles(output.dim(1));
        tilesOfMap = tiles(output.dim(0)) * tileColumns;
        tiles = tilesOfMap * tasks.size();
        int most = Math.max(LEAST_DEPTH, PANEL_VALUES / panelWidth);
        deep = depth > most;
        blockTiles = blockTiles(tiles);
        mStep = blockTiles * panelWidth + GAP;
        // By one map's tiles, however many there are together: it decides in which order the products are added up.
        pass = deep && blockTiles(tilesOfMap) > MANY_TILES ? most / 2 : Math.min(most, depth);
        vStep = blockTiles * pass + GAP;
        vPass = WinogradTransform.POINTS * vStep;
        vBlock = (depth + pass - 1) / pass * vPass;
        uStep = pass * panelWidth + GAP;
        rows = new int[blockTiles];
        Arrays.setAll(rows, i -> i * pass);
    }

    static int tiles(int places) {
        return (places + WinogradTransform.TILE - 1) / WinogradTransform.TILE;
    }

    /** A multiple of the kernel's rows; all blocks of a map are about equal. */
    private int blockTiles(int all) {
        int large = panelWidth > NARROW_PANEL ? LARGE_TILES : MANY_TILES;
        int most = deep ? large : Math.max(LEAST_TILES, BLOCK_VALUES / WinogradTransform.POINTS / depth);
        int blocks = Math.max(1, (int) Math.round(all / (double) most));
        int even = (all + blocks - 1) / blocks;
        return (even + kernels.mr() - 1) / kernels.mr() * kernels.mr();
    }

    /**
     * The convolution with bias and ReLU.
     *
     * @param convolution of a 3x3 kernel that moves by one place
     * @param x {@code (H, W, C)}
     * @param filters from {@link DirectConvolution#pack}
     * @param bias one value per output channel, or null
     * @param relu whether negative outputs become 0
     */
    public static Tensor forward(Execution execution, ConvolutionGeometry convolution, Tensor x, PackedMatrix filters, float[] bias, boolean relu) {
        return forward(execution, convolution, List.of(x), filters, bias, relu).get(0);
    }

    /** The same for several maps of one shape, at least one: the same bits, but the filters are transformed for all, and fewer rows of tiles stay empty. */
    public static List<Tensor> forward(Execution execution, ConvolutionGeometry convolution, List<Tensor> xs, PackedMatrix filters, float[] bias, boolean relu) {
        Shape input = xs.get(0).shape();
        requireFit(convolution, filters, input.dim(2));
        Shape output = convolution.outputShape(input, filters.columns());
        List<WinogradBatchItem> tasks = new ArrayList<>();
        for (Tensor x : xs) {
            if (!x.shape().equals(input)) {
                throw new IllegalArgumentException("maps that are convolved together have one shape, got " + input + " and " + x.shape());
            }
            tasks.add(new WinogradBatchItem(List.of(WinogradInput.of(x)), execution.tensor(output)));
        }
        new Winograd(execution, tasks, filters, convolution.rows().before(), convolution.columns().before(), bias, relu).run();
        return tasks.stream().map(WinogradBatchItem::y).toList();
    }

    /**
     * The input gradient, {@link DirectConvolution#inputGradient}: a convolution with the rotated filters.
     *
     * @param outputGradient maps whose channels together are those of {@code rotatedFilters}
     * @param rotatedFilters from {@link DirectConvolution#packRotated}
     * @param input the shape {@code (H, W, C)} of x
     */
    public static Tensor inputGradient(Execution execution, ConvolutionGeometry convolution, List<WinogradInput> outputGradient, PackedMatrix rotatedFilters, Shape input) {
        requireFit(convolution, rotatedFilters, outputGradient.stream().mapToInt(WinogradInput::channels).sum());
        Tensor gradient = execution.tensor(input);
        convolve(execution, outputGradient, rotatedFilters, 2 - convolution.rows().before(), 2 - convolution.columns().before(), null, false, gradient);
        return gradient;
    }

    private static void requireFit(ConvolutionGeometry convolution, PackedMatrix filters, int channels) {
        if (!convolution.hasUnitSteps() || convolution.rows().size() != 3 || convolution.columns().size() != 3 || filters.depth() != 9 * channels) {
            throw new IllegalArgumentException("wanted a 3x3 kernel of stride 1 over " + filters.depth() / 9 + " channels, got "
                    + convolution + " over " + channels);
        }
    }

    /**
     * Writes the convolution to y.
     *
     * @param inputs maps {@code (H, W, C)} of one height and width
     * @param filters of the inputs' channels together, {@code (3, 3, C, O)}, packed
     * @param top,left rows and columns of zeros before the input
     * @param bias one value per output channel, or null
     * @param relu whether negative outputs become 0
     * @param y {@code (H', W', O)}; places beyond the input count as 0
     */
    static void convolve(Execution execution, List<WinogradInput> inputs, PackedMatrix filters, int top, int left, float[] bias, boolean relu, Tensor y) {
        new Winograd(execution, List.of(new WinogradBatchItem(inputs, y)), filters, top, left, bias, relu).run();
    }

    private void run() {
        tasks.forEach(item -> item.findBlanks(workers, top, left));
        int blocks = (tiles + blockTiles - 1) / blockTiles;
        int panels = filters.panelCount();
        transformed = blocks > 1 && !deep ? transformFilters() : null;
        runBlocks(blocks, panels);
        if (transformed != null) {
            execution.release(transformed);
        }
    }

    private void runBlocks(int blocks, int panels) {
        if (blocks >= FEW_BLOCKS || blocks % workers.threads() == 0) {
            workers.run(blocks, block -> {
                Space space = new Space();
                float[] v = execution.acquire(vBlock);
                for (int tile = block * blockTiles; tile < Math.min(tiles, (block + 1) * blockTiles); tile++) {
                    transform(space, tile, v, 0);
                }
                for (int panel = 0; panel < panels; panel++) {
                    multiply(space, block, panel, v, 0);
                }
                execution.release(v);
                space.release();
            });
            return;
        }
        float[] v = execution.acquire(blocks * vBlock);
        workers.run((tiles + WinogradTransform.TILE - 1) / WinogradTransform.TILE, group -> {
            Space space = new Space();
            for (int tile = group * WinogradTransform.TILE; tile < Math.min(tiles, (group + 1) * WinogradTransform.TILE); tile++) {
                transform(space, tile, v, tile / blockTiles * vBlock);
            }
            space.release();
        });
        workers.run(blocks * panels, part -> {
            Space space = new Space();
            multiply(space, part / panels, part % panels, v, part / panels * vBlock);
            space.release();
        });
        execution.release(v);
    }

    /** The filters of all panels: where there are several blocks, and the channels are few, once is enough. */
    private float[] transformFilters() {
        int panels = filters.panelCount();
        float[] u = execution.acquire(panels * WinogradTransform.POINTS * uStep);
        workers.run(panels, panel -> {
            float[] scratch = execution.acquire(WinogradTransform.POINTS / 2 * LINE);
            transformFilters(panel, 0, depth, scratch, u, panel * WinogradTransform.POINTS * uStep);
            execution.release(scratch);
        });
        return u;
    }

    /** The filters of one panel for some channels. */
    private void transformFilters(int panel, int first, int channels, float[] scratch, float[] u, int to) {
        int start = filters.panelStart(panel) + first * panelWidth;
        for (int from = 0; from < channels * panelWidth; from += LINE) {
            kernels.winogradFilter(filters.panels(), start + from, depth * panelWidth, Math.min(LINE, channels * panelWidth - from),
                    scratch, u, to + from, uStep);
        }
    }

    /** What one task works in. */
    private final class Space {
        /** Of the kernels: enough for the channels of a pass as well. */
        final float[] scratch = execution.acquire(WinogradTransform.POINTS / 2 * LINE);
        /** A window that leaves the map, or a tile of outputs that does. */
        final float[] edge = execution.acquire(WinogradTransform.POINTS * Math.max(depth, panelWidth));
        /** Transformed filters of one panel: point, channel, output. */
        final float[] u = execution.acquire(transformed == null ? WinogradTransform.POINTS * uStep : 0);
        /** Products of one panel: point, tile, output. */
        final float[] m = execution.acquire(WinogradTransform.POINTS * mStep);

        void release() {
            execution.release(scratch);
            execution.release(edge);
            execution.release(u);
            execution.release(m);
        }
    }

    /** Input of one tile to its 36 points, in the transformed inputs of its block from {@code vStart} on. */
    private void transform(Space space, int tile, float[] v, int vStart) {
        int row = tile % tilesOfMap / tileColumns * WinogradTransform.TILE - top;
        int column = tile % tileColumns * WinogradTransform.TILE - left;
        boolean inside = row >= 0 && column >= 0 && row + WinogradTransform.WINDOW <= height && column + WinogradTransform.WINDOW <= width;
        int first = 0;
        for (WinogradInput input : tasks.get(tile / tilesOfMap).inputs()) {
            int channels = input.channels();
            float[] x = input.featureMap().data();
            if (inside && input.sign() == 0) {
                transform(space, x, (row * width + column) * channels, width * channels, channels, first, tile, v, vStart);
            } else {
                PaddedWindow.copy(x, height, width, channels, row, column, WinogradTransform.WINDOW, space.edge);
                if (input.sign() != 0) {
                    kernels.combineWithAbs(0.5f, 0.5f * input.sign(), space.edge, 0, space.edge, 0, WinogradTransform.POINTS * channels);
                }
                transform(space, space.edge, 0, WinogradTransform.WINDOW * channels, channels, first, tile, v, vStart);
            }
            first += channels;
        }
    }

    /** The channels of one source, which are those from {@code first} on among all, pass by pass. */
    private void transform(Space space, float[] x, int start, int rowStep, int channels, int first, int tile, float[] v, int vStart) {
        for (int c = 0; c < channels; ) {
            int place = (first + c) % pass;
            int count = Math.min(channels - c, pass - place);
            kernels.winogradInput(x, start + c, rowStep, channels, count, space.scratch,
                    v, vStart + (first + c) / pass * vPass + tile % blockTiles * pass + place, vStep);
            c += count;
        }
    }

    /** All outputs of one panel for one block of tiles. Rows past the last tile hold leavings, and are not stored. */
    private void multiply(Space space, int block, int panel, float[] v, int vStart) {
        int firstTile = block * blockTiles;
        int count = Math.min(blockTiles, tiles - firstTile);
        float[] u = transformed == null ? space.u : transformed;
        int uStart = transformed == null ? 0 : panel * WinogradTransform.POINTS * uStep;
        for (int from = 0; from < depth; from += pass) {
            int channels = Math.min(pass, depth - from);
            if (transformed == null) {
                transformFilters(panel, from, channels, space.scratch, u, 0);
            }
            for (int point = 0; point < WinogradTransform.POINTS; point++) {
                for (int row = 0; row < count; row += kernels.mr()) {
                    kernels.gemmMicroKernel(v, rows, row, vStart + from / pass * vPass + point * vStep, u, uStart + point * uStep, channels,
                            space.m, point * mStep + row * panelWidth, panelWidth, from > 0);
                }
            }
        }
        for (int i = 0; i < count; i++) {
            store(space, i, firstTile + i, panel * panelWidth);
        }
    }

    /** Products of one tile and panel to outputs. */
    private void store(Space space, int from, int tile, int firstChannel) {
        WinogradBatchItem item = tasks.get(tile / tilesOfMap);
        float[] y = item.y().data();
        int rowsOfY = output.dim(0);
        int columnsOfY = output.dim(1);
        int channels = output.dim(2);
        int row = tile % tilesOfMap / tileColumns * WinogradTransform.TILE;
        int column = tile % tileColumns * WinogradTransform.TILE;
        int used = Math.min(panelWidth, channels - firstChannel);
        int yStart = (row * columnsOfY + column) * channels + firstChannel;
        if (row + WinogradTransform.TILE <= rowsOfY && column + WinogradTransform.TILE <= columnsOfY && used == panelWidth) {
            kernels.winogradOutput(space.m, from * panelWidth, mStep, panelWidth, bias, firstChannel, relu, space.scratch,
                    y, yStart, columnsOfY * channels, channels);
        } else {
            kernels.winogradOutput(space.m, from * panelWidth, mStep, panelWidth, bias, firstChannel, relu, space.scratch,
                    space.edge, 0, WinogradTransform.TILE * panelWidth, panelWidth);
            for (int i = 0; i < Math.min(WinogradTransform.TILE, rowsOfY - row); i++) {
                for (int j = 0; j < Math.min(WinogradTransform.TILE, columnsOfY - column); j++) {
                    System.arraycopy(space.edge, (i * WinogradTransform.TILE + j) * panelWidth, y, yStart + (i * columnsOfY + j) * channels, used);
                }
            }
        }
        for (int i = row; item.hasBlanks() && i < Math.min(row + WinogradTransform.TILE, rowsOfY); i++) {
            for (int j = column; j < Math.min(column + WinogradTransform.TILE, columnsOfY); j++) {
                if (item.isDead(i - top, j - left)) {
                    clear(y, (i * columnsOfY + j) * channels + firstChannel, firstChannel, used);
                }
            }
        }
    }

    private void clear(float[] y, int start, int firstChannel, int count) {
        for (int i = 0; i < count; i++) {
            float value = bias == null ? 0f : bias[firstChannel + i];
            y[start + i] = relu ? Math.max(value, 0f) : value;
        }
    }
}
